"""Tests of the rules by which addresses are matched and built."""

from __future__ import annotations

import pytest
import werkzeug.routing
from werkzeug.routing import Map

from tidegate.kernel.http.rules import LazyRule

ADDRESSES: tuple[tuple[str, dict[str, object]], ...] = (
    ("/components/<name>", {"name": "a b/ö"}),
    ("/components/<name>/parts/<int:rule>", {"name": "shop", "rule": 3}),
    ("/files/<path:path>", {"path": "a/b.txt"}),
    ("/plain", {}),
    ("/plain", {"page": "2", "self": "x"}),
)


@pytest.mark.parametrize(("address", "values"), ADDRESSES)
def test_build_what_werkzeug_builds(address: str, values: dict[str, object]) -> None:
    ours = Map([LazyRule(address, endpoint="view")]).bind("localhost")
    theirs = Map([werkzeug.routing.Rule(address, endpoint="view")]).bind("localhost")

    built = [ours.build("view", values) for _ in range(2)]

    assert built == [theirs.build("view", values)] * 2


def test_compile_nothing_before_an_address_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[bool] = []
    make = werkzeug.routing.Rule._compile_builder

    def noting(rule: werkzeug.routing.Rule, append_unknown: bool = True) -> object:
        compiled.append(append_unknown)
        return make(rule, append_unknown)

    monkeypatch.setattr(werkzeug.routing.Rule, "_compile_builder", noting)
    addresses = Map([LazyRule("/<one>", endpoint="view")]).bind("localhost")
    assert addresses.match("/it") == ("view", {"one": "it"})
    assert compiled == []

    for _ in range(2):
        addresses.build("view", {"one": "it"})
    assert compiled == [True]
