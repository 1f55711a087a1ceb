"""Tests of which modules start."""

from __future__ import annotations

import pytest

from tidegate.environment import SettingsError
from tidegate.registry import MODULES, Module, enabled

FEW = (
    Module("catalog", (), lambda _: None, ()),
    Module("evidence", ("catalog",), lambda _: None, ()),
    Module("gates", ("catalog", "evidence"), lambda _: None, ()),
)


def names(modules: tuple[Module, ...]) -> list[str]:
    """Return the modules' names."""
    return [module.name for module in modules]


class TestEnabled:
    def test_is_everything_when_nothing_is_named(self) -> None:
        assert names(enabled((), FEW)) == ["catalog", "evidence", "gates"]

    @pytest.mark.requirement("S1-9")
    def test_is_what_is_named_in_the_order_of_the_needs(self) -> None:
        assert names(enabled(("evidence", "catalog"), FEW)) == ["catalog", "evidence"]

    @pytest.mark.requirement("S1-9")
    def test_refuses_an_unknown_name_with_a_suggestion(self) -> None:
        with pytest.raises(SettingsError, match=r"there is no module 'gate'\. Did you mean 'gates'\?"):
            enabled(("gate",), FEW)

    def test_refuses_needs_that_are_not_met(self) -> None:
        with pytest.raises(SettingsError, match="the module 'gates' needs catalog, evidence as well"):
            enabled(("gates",), FEW)


class TestModules:
    def test_stand_on_modules_that_come_before_them(self) -> None:
        known: set[str] = set()
        for module in MODULES:
            assert set(module.needs) <= known
            known.add(module.name)
        assert len(known) == len(MODULES)
