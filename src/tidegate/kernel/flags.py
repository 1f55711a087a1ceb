"""Feature flags as the rest of the house asks for them: through the OpenFeature SDK, in this process.

Where a flag's settings come from is a `FlagSource`; the module of flags has one over its table and one over
variables. Without that module every flag has its default.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tidegate.domain.flags import (
    EVERYWHERE,
    FLAGS,
    FeatureFlag,
    FlagDecision,
    FlagOrigin,
    SwitchedOff,
    declared_flag,
)
from tidegate.kernel.flag_sources import ENVIRONMENT, FlagSource

if TYPE_CHECKING:
    from openfeature.client import OpenFeatureClient

_numbers = itertools.count(1)


class Flags:
    """Decides flags, in an environment of the catalog or outside of any.

    The SDK is loaded when the first flag is asked for. Each has a domain of its own in it, so that several
    applications in one process do not share their flags.
    """

    def __init__(self, source: FlagSource, flags: Sequence[FeatureFlag] = FLAGS) -> None:
        self.source = source
        self.declared = tuple(flags)
        self._client: OpenFeatureClient | None = None

    def enabled(self, name: str, environment: str = EVERYWHERE) -> bool:
        """Tell whether a flag is on; raises `UnknownFlag`."""
        return self.decision(name, environment).enabled

    def decision(self, name: str, environment: str = EVERYWHERE) -> FlagDecision:
        """Return whether a flag is on, and what decided it; what cannot be decided has its default."""
        from openfeature.evaluation_context import EvaluationContext

        flag = declared_flag(name, self.declared)
        attributes = {ENVIRONMENT: environment} if environment else {}
        context = EvaluationContext(targeting_key=environment or None, attributes=attributes)
        found = self._opened().get_boolean_details(name, flag.default, context)
        return FlagDecision(found.value, FlagOrigin(found.variant or FlagOrigin.DEFAULT))

    def require(self, name: str, environment: str = EVERYWHERE) -> None:
        """Raise `SwitchedOff` where a flag is off, with what switches it on."""
        if not self.enabled(name, environment):
            flag = declared_flag(name, self.declared)
            raise SwitchedOff(flag, environment, self.source.remedy(flag, environment))

    def all(self) -> dict[str, bool]:
        """Return which flags are on outside of any environment."""
        return {flag.name: self.enabled(flag.name) for flag in self.declared}

    def _opened(self) -> OpenFeatureClient:
        if self._client is None:
            from openfeature import api

            from tidegate.kernel.flag_provider import SettingsProvider

            domain = f"tidegate-{next(_numbers)}"
            api.set_provider_and_wait(SettingsProvider(self.source, self.declared), domain)
            self._client = api.get_client(domain)
        return self._client
