"""Tests of flags through the OpenFeature SDK: values, their reasons, and what is no boolean."""

from __future__ import annotations

from datetime import date

import pytest
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, FlagNotFoundError
from openfeature.flag_evaluation import Reason

from tidegate.domain.flags import FeatureFlag, FlagOrigin, FlagValues, SwitchedOff, UnknownFlag
from tidegate.kernel.flag_provider import SettingsProvider
from tidegate.kernel.flag_sources import ENVIRONMENT, Defaults
from tidegate.kernel.flags import Flags

TIDE = FeatureFlag("high-tide", "It rises.", default=True, owner="sea", until=date(2027, 1, 31))
STAGING = EvaluationContext(attributes={ENVIRONMENT: "staging"})


class Said:
    """A source that says the same for ever."""

    name = "said"

    def __init__(self, values: FlagValues) -> None:
        self._values = values

    def values(self) -> FlagValues:
        """Return what is said."""
        return self._values

    def remedy(self, flag: FeatureFlag, environment: str) -> str:
        """Return what to do."""
        return f"wait for {flag.name} in {environment or 'the sea'}"


def flags_of(**values: bool) -> Flags:
    said = {(TIDE.name, "" if place == "everywhere" else place): value for place, value in values.items()}
    return Flags(Said(said), (TIDE,))


class TestFlags:
    def test_are_decided_by_environment(self) -> None:
        flags = flags_of(everywhere=False, staging=True)
        assert flags.enabled(TIDE.name, "staging")
        assert not flags.enabled(TIDE.name)
        assert flags.decision(TIDE.name, "staging").origin is FlagOrigin.ENVIRONMENT

    def test_have_their_defaults_without_the_module(self) -> None:
        flags = Flags(Defaults(), (TIDE,))
        assert flags.all() == {TIDE.name: True}
        assert flags.decision(TIDE.name).origin is FlagOrigin.DEFAULT

    def test_of_two_applications_are_kept_apart(self) -> None:
        off, on = flags_of(everywhere=False), flags_of(everywhere=True)
        assert [one.enabled(TIDE.name) for one in (off, on, off)] == [False, True, False]

    def test_that_nobody_declared_are_refused(self) -> None:
        with pytest.raises(UnknownFlag):
            flags_of().enabled("high-tied")

    def test_that_are_off_say_what_switches_them_on(self) -> None:
        with pytest.raises(
            SwitchedOff, match="switches this off in staging. To switch it on: wait for high-"
        ):
            flags_of(staging=False).require(TIDE.name, "staging")

    def test_that_are_on_stop_nobody(self) -> None:
        flags_of(staging=False).require(TIDE.name)

    def test_without_the_module_name_it(self) -> None:
        with pytest.raises(SwitchedOff, match="add flags to DEFAULT_ENABLED_MODULES"):
            Flags(Defaults(), (FeatureFlag("low-tide", "", False, "sea", TIDE.until),)).require("low-tide")


class TestProvider:
    def provider(self, **values: bool) -> SettingsProvider:
        return SettingsProvider(Said({(TIDE.name, place): value for place, value in values.items()}), (TIDE,))

    def test_says_its_name(self) -> None:
        assert self.provider().get_metadata().name == "tidegate-said"

    def test_gives_the_reason(self) -> None:
        found = self.provider(staging=False).resolve_boolean_details(TIDE.name, True, STAGING)
        assert (found.value, found.reason) == (False, Reason.TARGETING_MATCH)
        assert self.provider().resolve_boolean_details(TIDE.name, False).reason is Reason.DEFAULT

    def test_knows_no_other_flags(self) -> None:
        with pytest.raises(FlagNotFoundError, match="There is no flag named"):
            self.provider().resolve_boolean_details("spring-tide", True)

    def test_answers_booleans_alone(self) -> None:
        flags = flags_of()
        flags.enabled(TIDE.name)
        client = flags._opened()
        found = (
            client.get_string_details(TIDE.name, ""),
            client.get_integer_details(TIDE.name, 1),
            client.get_float_details(TIDE.name, 1.0),
            client.get_object_details(TIDE.name, {}),
        )
        assert {one.error_code for one in found} == {ErrorCode.TYPE_MISMATCH}
