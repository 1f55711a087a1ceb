"""A release ships only when gates have judged it and all are open."""

from __future__ import annotations

import pytest

from tests.unit.domain.samples import NOON, SUBJECT, gate, rule, suite
from tidegate.domain.evidence import Evidence
from tidegate.domain.judging import judge
from tidegate.domain.releases import FailingRule, GateClosed, failing_rules, require_open
from tidegate.domain.states import State
from tidegate.domain.verdicts import Verdict


def _verdict(*evidence: Evidence) -> Verdict:
    rules = rule("tests.failed == 0"), rule("tests.failed < 0", id="w", on="warn")
    return judge(gate(*rules), evidence, (), NOON, SUBJECT)


class TestRequireOpen:
    def test_lets_open_gates_through(self) -> None:
        require_open("shop 1.0.0", [_verdict(suite())])

    def test_names_every_rule_that_blocks(self) -> None:
        verdicts = [_verdict(suite(failed=1)), _verdict()]
        with pytest.raises(GateClosed, match="shop 1.0.0 may not ship: g/r is fail: Required: ") as caught:
            require_open("shop 1.0.0", verdicts)
        assert caught.value.failing == failing_rules(verdicts)
        assert [(f.gate, f.rule, f.state) for f in caught.value.failing] == [
            ("g", "r", State.FAIL),
            ("g", "r", State.MISSING),
        ]
        assert isinstance(caught.value.failing[0], FailingRule)

    def test_without_a_verdict_nothing_ships(self) -> None:
        with pytest.raises(GateClosed, match="no gate has judged it"):
            require_open("shop 1.0.0", [])
