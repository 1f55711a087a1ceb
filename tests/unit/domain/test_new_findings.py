"""What is new over all reports that count, against a baseline, whatever the order they came in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, report
from tidegate.domain.baseline_matching import new_measures
from tidegate.domain.evidence import Evidence, ToolRun
from tidegate.domain.findings import Counts, Severity, baseline_of
from tidegate.domain.measures import BY_NAME, Kind, combine
from tidegate.domain.new_findings import Comparisons, Counted, key_of, that_count, with_new_findings

_TALLIES = st.dictionaries(
    st.sampled_from([Severity.LOW, Severity.HIGH]),
    st.dictionaries(st.sampled_from(["a - x.py", "b - x.py", "c - x.py"]), st.integers(1, 3)),
)
TOTAL = "findings.new.total"


class Shelf:
    """Reports with their counts and the baseline each was sent with."""

    def __init__(self) -> None:
        self.counts: dict[object, Counts] = {}
        self.baselines: dict[object, str | None] = {}
        self.known: dict[str, list[Evidence]] = {"base": []}

    def report(
        self,
        found: Mapping[Severity, dict[str, int]],
        slot: str,
        *,
        tool: str = "flake8",
        baseline: str | None = "base",
        hours_old: float = 1,
        ran: bool = True,
    ) -> Evidence:
        counts = dict(found)
        measures = {"findings.total": sum(sum(by_key.values()) for by_key in counts.values())}
        made = report(Kind.LINT, measures, tool=tool, slot=slot, hours_old=hours_old, ran=ran)
        self.counts[key_of(made)], self.baselines[key_of(made)] = counts, baseline
        return made

    def compare(self, current: Sequence[Evidence], known: Sequence[Evidence]) -> Sequence[Mapping[str, int]]:
        baseline = baseline_of(self.counts[key_of(one)] for one in known)
        return new_measures([self.counts[key_of(one)] for one in current], baseline)

    def new(self, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        return with_new_findings(
            evidence,
            sent_with=lambda one: self.baselines[key_of(one)],
            evidence_of=lambda name: self.known[name],
            compare=self.compare,
            at=NOON,
        )

    def measured(self, evidence: Sequence[Evidence]) -> list[object]:
        return [one.measures.get(TOTAL) for one in self.new(evidence)]

    def sums(self, evidence: Sequence[Evidence]) -> dict[str, object]:
        reports = [(one.kind, one.measures) for one in self.new(evidence) if one.kind is not None]
        return dict(combine(reports, [BY_NAME[TOTAL], BY_NAME["findings.new.high"]]))


def one(name: str, times: int = 1) -> dict[Severity, dict[str, int]]:
    return {Severity.HIGH: {f"{name} - x.py": times}}


class TestWithNewFindings:
    def test_a_known_finding_explains_one_of_all_reports(self) -> None:
        shelf = Shelf()
        shelf.known["base"] = [shelf.report(one("a"), "s")]
        pair = [shelf.report(one("a"), "s"), shelf.report(one("a"), "t", hours_old=2)]
        assert sorted(map(str, shelf.measured(pair))) == ["0", "1"]

    def test_a_superseded_report_uses_nothing_up(self) -> None:
        shelf = Shelf()
        shelf.known["base"] = [shelf.report(one("a"), "s")]
        old, new = shelf.report(one("a"), "s", hours_old=2), shelf.report(one("a"), "s")
        assert shelf.measured([old, new]) == [None, 0]

    def test_a_tool_that_did_not_run_is_not_compared(self) -> None:
        shelf = Shelf()
        shelf.known["base"] = [shelf.report(one("a"), "s")]
        assert shelf.measured([shelf.report(one("a"), "s", ran=False)]) == [None]

    def test_a_tool_that_the_baseline_has_not_is_not_compared(self) -> None:
        shelf = Shelf()
        shelf.known["base"] = [shelf.report(one("a"), "s", tool="pylint")]
        assert shelf.measured([shelf.report(one("a"), "s"), shelf.report({}, "t", tool="Pylint")]) == [
            None,
            0,
        ]

    def test_a_tool_with_a_broken_report_in_the_baseline_is_not_compared(self) -> None:
        shelf = Shelf()
        sound = shelf.report(one("a"), "s")
        for broken in (
            report(Kind.LINT, tool="", slot="u", unreadable="cut"),
            report(None, tool="", slot="u", unreadable="what is it"),
            shelf.report({}, "u", ran=False),
        ):
            shelf.known["base"] = [sound, broken]
            assert shelf.measured([shelf.report(one("a"), "s")]) == [None]
        shelf.known["base"] = [sound, report(Kind.TYPES, tool="", slot="u", unreadable="cut")]
        assert shelf.measured([shelf.report(one("a"), "s")]) == [0]

    def test_the_newest_report_that_names_a_baseline_decides_for_its_tool(self) -> None:
        shelf = Shelf()
        shelf.known |= {"base": [shelf.report({}, "s")], "later": [shelf.report(one("a"), "s")]}
        reports = [
            shelf.report(one("a"), "s", baseline="base", hours_old=3),
            shelf.report({}, "t", baseline="later", hours_old=2),
            shelf.report({}, "u", baseline=None),
        ]
        assert shelf.measured(reports) == [0, 0, 0]

    def test_without_any_baseline_nothing_is_measured(self) -> None:
        shelf = Shelf()
        reports = [shelf.report(one("a"), "s", baseline=None)]
        assert shelf.new(reports) == tuple(reports)

    @given(st.lists(_TALLIES, min_size=1, max_size=4), st.lists(_TALLIES, min_size=1, max_size=2), st.data())
    def test_does_not_depend_on_the_order(
        self,
        found: list[dict[Severity, dict[str, int]]],
        known: list[dict[Severity, dict[str, int]]],
        data: st.DataObject,
    ) -> None:
        shelf = Shelf()
        shelf.known["base"] = [shelf.report(counts, f"k{n}") for n, counts in enumerate(known)]
        reports = [shelf.report(counts, f"s{n}") for n, counts in enumerate(found)]
        there = {key_of(one): one for one in shelf.new(reports)}
        shelf.known["base"].reverse()
        back = {key_of(one): one for one in shelf.new(data.draw(st.permutations(reports)))}
        assert there == back

    @given(st.lists(_TALLIES, min_size=1, max_size=3), _TALLIES, _TALLIES)
    def test_one_more_report_never_makes_less_new(
        self,
        found: list[dict[Severity, dict[str, int]]],
        more: dict[Severity, dict[str, int]],
        known: dict[Severity, dict[str, int]],
    ) -> None:
        shelf = Shelf()
        shelf.known["base"] = [shelf.report(known, "k")]
        reports = [shelf.report(counts, f"s{n}") for n, counts in enumerate(found)]
        fewer, all_of_them = shelf.sums(reports), shelf.sums([*reports, shelf.report(more, "more")])
        for name, value in fewer.items():
            assert isinstance(value, int) and isinstance(all_of_them[name], int)
            assert value <= all_of_them[name]  # type: ignore[operator]  # both are int, see above


class TestThatCount:
    def test_leaves_out_what_is_dated_ahead_and_what_has_no_findings(self) -> None:
        ahead = dataclasses.replace(report(Kind.LINT, {"findings.total": 1}), taken_at=NOON + timedelta(1))
        assert that_count([ahead, report(Kind.TESTS, {"tests.total": 1})], NOON) == ()


class TestComparisons:
    def test_are_made_once_for_equal_digests_and_forgotten_in_turn(self) -> None:
        loaded: list[str] = []

        def counts(counted: Counted) -> Counts:
            loaded.append(counted[0])
            return {Severity.HIGH: {f"{counted[0]} - x.py": 1}}

        made = Comparisons()
        for _ in range(2):
            (found,) = made.get((("a", ""),), (("b", ""),), counts)
            assert found[TOTAL] == 1
        assert sorted(loaded) == ["a", "b"]
        for number in range(Comparisons.MOST):
            made.get(((str(number), ""),), (), counts)
        loaded.clear()
        made.get((("a", ""),), (("b", ""),), counts)
        assert sorted(loaded) == ["a", "b"]

    def test_are_not_made_where_one_report_was_counted_in_another_way(self) -> None:
        assert Comparisons().get((("a", ""),), (("b", ""),), lambda counted: None) == [{}]


class TestReportsThatToolsShare:
    def test_are_compared_tool_by_tool(self) -> None:
        kept = {
            ("now", "codeql"): {Severity.HIGH: {"a - x.py": 1}},
            ("then", "codeql"): {Severity.HIGH: {"a - x.py": 1}},
            ("now", "trivy"): {Severity.HIGH: {"b - x.py": 2}},
        }

        def shared(digest: str, *tools: tuple[Kind, str]) -> Evidence:
            runs = tuple(ToolRun(kind, tool, {"findings.total": 1}) for kind, tool in tools)
            whole = report(Kind.ANALYSIS, {"findings.total": 2}, slot="merged", tool="several")
            return dataclasses.replace(whole, digest=digest, runs=runs)

        def compare(current: Sequence[Evidence], known: Sequence[Evidence]) -> Sequence[Mapping[str, int]]:
            now = [kept["now", one.tool] for one in current]
            return new_measures(now, baseline_of(kept["then", one.tool] for one in known))

        (found,) = with_new_findings(
            [shared("now", (Kind.SAST, "codeql"), (Kind.DEPENDENCIES, "trivy"))],
            sent_with=lambda one: "base",
            evidence_of=lambda name: [shared("then", (Kind.SAST, "codeql"))],
            compare=compare,
            at=NOON,
        )
        assert [run.measures.get(TOTAL) for run in found.runs] == [0, None]
        assert TOTAL not in found.measures
