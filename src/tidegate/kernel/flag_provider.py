"""The provider that the OpenFeature SDK asks: what a source says of a flag, in the SDK's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from tidegate.domain.flags import EVERYWHERE, FeatureFlag, FlagOrigin, UnknownFlag, decide, declared_flag
from tidegate.kernel.flag_sources import ENVIRONMENT, FlagSource

_REASONS = {
    FlagOrigin.ENVIRONMENT: Reason.TARGETING_MATCH,
    FlagOrigin.EVERYWHERE: Reason.STATIC,
    FlagOrigin.DEFAULT: Reason.DEFAULT,
}


class SettingsProvider(AbstractProvider):
    """Resolves flags, which are on or off, from the settings of a source; the variant says what decided."""

    def __init__(self, source: FlagSource, flags: Sequence[FeatureFlag]) -> None:
        super().__init__()
        self._source = source
        self._flags = tuple(flags)

    def get_metadata(self) -> Metadata:
        """Return the provider's name."""
        return Metadata(f"tidegate-{self._source.name}")

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Return whether a flag is on in the environment of the context."""
        try:
            flag = declared_flag(flag_key, self._flags)
        except UnknownFlag as unknown:
            raise FlagNotFoundError(str(unknown)) from unknown
        attributes = evaluation_context.attributes if evaluation_context is not None else {}
        environment = attributes.get(ENVIRONMENT, EVERYWHERE)
        decision = decide(flag, self._source.values(), str(environment))
        return FlagResolutionDetails(
            value=decision.enabled, variant=decision.origin, reason=_REASONS[decision.origin]
        )

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """Refuse: a flag is on or off."""
        _refuse(flag_key)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """Refuse: a flag is on or off."""
        _refuse(flag_key)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """Refuse: a flag is on or off."""
        _refuse(flag_key)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """Refuse: a flag is on or off."""
        _refuse(flag_key)


def _refuse(flag: str) -> NoReturn:
    raise TypeMismatchError(f"The flag {flag!r} is on or off: ask for a boolean.")
