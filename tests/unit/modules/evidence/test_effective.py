"""What may count of a revision is found without reading all of it, and is what reading all would find."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, suite
from tidegate.domain.canonical import digest_of
from tidegate.domain.effective_reports import effective_reports, usable_at_any_time
from tidegate.domain.evidence import Evidence
from tidegate.domain.records import StoredEvidence
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.evidence.effective import EffectiveEvidence, RememberedEvidence, Submitted

COMMIT = "1" * 40


def of(submissions: Iterable[StoredEvidence], last: str | None) -> Submitted:
    """Return what may count of a revision's submissions."""
    return Submitted.of(submissions, last, commit=COMMIT)


def stored(number: int, facts: Evidence) -> StoredEvidence:
    """Return a submission; numbers rise as identifiers do."""
    return StoredEvidence(f"{number:04}", "r", "shop", 1, "1", None, None, NOON, facts)


def _naming(one: Evidence, *commits: str) -> Evidence:
    """Return a report that names commits, in its bytes as well."""
    return dataclasses.replace(one, commits=commits, digest=digest_of(f"{one.digest}{commits}".encode()))


class Rows:
    """Evidence in memory, as the repository reads it; `asked` tells what was read."""

    def __init__(self, *rows: StoredEvidence) -> None:
        self.rows = list(rows)
        self.asked: list[str] = []

    def of_revision(self, revision_id: str, *, until: str | None) -> tuple[StoredEvidence, ...]:
        """Return all."""
        self.asked.append("all")
        return tuple(one for one in self.rows if until is None or one.id <= until)

    def since(self, revision_id: str, evidence_id: str) -> tuple[StoredEvidence, ...]:
        """Return one and what came after it."""
        self.asked.append("since")
        return tuple(one for one in self.rows if one.id >= evidence_id)

    def newest_in_slots(
        self, revision_id: str, *, until: str | None
    ) -> tuple[tuple[StoredEvidence, ...], str | None]:
        """Return what nothing seems to have replaced."""
        self.asked.append("newest")
        rows = [one for one in self.rows if until is None or one.id <= until]
        newest: dict[str, list[StoredEvidence]] = {}
        for one in rows:
            if one.facts.ran and one.facts.unreadable is None:
                newest.setdefault(one.facts.slot, []).append(one)
        kept = [
            one
            for one in rows
            if all(one.facts.taken_at >= other.facts.taken_at for other in newest.get(one.facts.slot, ()))
        ]
        return tuple(kept), rows[-1].id if rows else None


def _arrived(reports: Iterable[Evidence]) -> list[Evidence]:
    """Return what counts of reports in the order of their arrival: of one time what came last."""
    slots: dict[str, list[Evidence]] = {}
    runs = {(one.slot, one.digest, one.taken_at): number for number, one in enumerate(reports)}
    last = [one for number, one in enumerate(reports) if number in runs.values()]
    for one in sorted(last, key=lambda one: one.taken_at):
        good = usable_at_any_time(one, COMMIT)
        slots[one.slot] = [one] if good else [*slots.get(one.slot, ()), one]
    return [one for kept in slots.values() for one in kept]


class Effects:
    """A unit of work whose transaction is committed when a test says so."""

    def __init__(self) -> None:
        self.effects: list[Callable[[], None]] = []

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Note an effect."""
        self.effects.append(effect)

    def commit(self) -> None:
        """Run what was noted."""
        while self.effects:
            self.effects.pop(0)()


@pytest.fixture
def effects() -> Effects:
    """Return a unit of work."""
    return Effects()


def finder(rows: Rows, effects: Effects) -> EffectiveEvidence:
    """Return what finds effective evidence in these rows."""
    return EffectiveEvidence(uow=cast(UnitOfWork, effects), evidence=rows, remembered=RememberedEvidence())


class TestOfRevision:
    def test_reads_once_and_then_what_is_new(self, effects: Effects) -> None:
        rows = Rows(stored(1, suite()))
        effective = finder(rows, effects)
        assert effective.of_revision("r", COMMIT).last == "0001"
        effects.commit()
        rows.rows.append(stored(2, suite(slot="other")))
        assert [one.id for one in effective.of_revision("r", COMMIT).submissions] == ["0001", "0002"]
        assert rows.asked == ["newest", "since"]

    def test_remembers_nothing_that_was_not_committed(self, effects: Effects) -> None:
        rows = Rows(stored(1, suite()))
        effective = finder(rows, effects)
        effective.of_revision("r", COMMIT)
        effective.of_revision("r", COMMIT)
        assert rows.asked == ["newest", "newest"]

    def test_knows_what_was_submitted_here_once_it_is_committed(self, effects: Effects) -> None:
        rows = Rows(stored(1, suite()))
        effective = finder(rows, effects)
        submitted = effective.with_newer("r", Submitted.none(COMMIT), rows.rows)
        effects.commit()
        assert effective.of_revision("r", COMMIT) is submitted
        assert rows.asked == ["since"]

    def test_reads_anew_where_the_database_is_another(self, effects: Effects) -> None:
        rows = Rows(stored(1, suite()), stored(2, suite(failed=1)))
        effective = finder(rows, effects)
        effective.of_revision("r", COMMIT)
        effects.commit()
        rows.rows = [stored(1, suite()), stored(3, suite(failed=2, hours_old=0.5))]
        assert [one.id for one in effective.of_revision("r", COMMIT).submissions] == ["0003"]

    def test_of_nothing_is_nothing(self, effects: Effects) -> None:
        assert finder(Rows(), effects).of_revision("r", COMMIT) == Submitted.none(COMMIT)
        assert effects.effects == []

    def test_an_impossible_value_replaces_nothing(self, effects: Effects) -> None:
        good = suite(failed=1)
        odd = dataclasses.replace(suite(hours_old=0.5), measures={"tests.failed": -1})
        found = finder(Rows(stored(1, good), stored(2, odd)), effects).of_revision("r", COMMIT)
        assert [one.id for one in found.submissions] == ["0001", "0002"]

    def test_can_be_asked_for_what_was_there_before(self, effects: Effects) -> None:
        rows = Rows(stored(1, suite()), stored(2, suite(hours_old=0.5)))
        assert [one.id for one in finder(rows, effects).until("r", COMMIT, "0001").submissions] == ["0001"]


class TestSubmitted:
    def test_the_same_run_read_again_replaces_the_first_reading(self) -> None:
        one = suite()
        again = dataclasses.replace(one, format="other")
        assert of([stored(1, one), stored(2, again)], "0002").submissions == (stored(2, again),)

    @pytest.mark.parametrize("first", [1, 2])
    def test_of_one_time_the_report_that_came_last_counts(self, first: int) -> None:
        pair = [stored(1, suite(failed=first)), stored(2, suite(failed=3 - first))]
        known = of(pair[:1], "0001").add(pair[1])
        assert known is not None
        for found in (known, of(pair, "0002")):
            assert [one.id for one in found.submissions] == ["0002"]

    @pytest.mark.parametrize("failed", range(4))
    def test_of_one_time_a_broken_report_stands_beside_a_good_one_that_came_before_it(
        self, failed: int
    ) -> None:
        good, broken = suite(), dataclasses.replace(suite(failed, ran=False))
        found = of([stored(1, good), stored(2, broken)], "0002")
        assert [one.evidence.ran for one in found.counted.reports].count(False) == 1
        assert len(found.counted.reports) == 2
        found = of([stored(1, broken), stored(2, good)], "0002")
        assert [one.evidence.ran for one in found.counted.reports] == [True]

    _REPORTS = st.lists(
        st.builds(
            lambda failed, slot, hours, ran, commits: _naming(
                suite(failed, slot=slot, hours_old=hours, ran=ran), *commits
            ),
            st.integers(0, 2),
            st.sampled_from("ab"),
            st.sampled_from([1, 2, 3]),
            st.booleans(),
            st.sampled_from([(), (), (COMMIT,), ("2" * 40,)]),
        ),
        max_size=8,
    )

    @given(_REPORTS, st.integers(0, 8))
    def test_counts_what_counts_among_all_however_it_came_to_be(
        self, reports: list[Evidence], first: int
    ) -> None:
        rows = [stored(number, facts) for number, facts in enumerate(reports)]
        all_of_them = effective_reports(_arrived(reports), NOON, revision=COMMIT)
        known = of(rows[:first], rows[:first][-1].id if rows[:first] else None)
        added = known.add(*rows[first:])
        for found in (of(rows, None), *([] if added is None else [added])):
            seen = effective_reports([one.facts for one in found.submissions], NOON, revision=COMMIT)
            assert [one.evidence for one in seen] == [one.evidence for one in all_of_them]
            assert found.counted.reports == seen

    def test_a_run_that_is_read_no_longer_gives_back_what_it_had_replaced(self, effects: Effects) -> None:
        before, good = suite(failed=1, hours_old=2), suite()
        broken = dataclasses.replace(good, unreadable="it was sent as another format")
        rows = Rows(stored(1, before), stored(2, good))
        effective = finder(rows, effects)
        known = effective.of_revision("r", COMMIT)
        effects.commit()
        rows.rows.append(stored(3, broken))
        for found in (effective.with_newer("r", known, rows.rows[2:]), effective.of_revision("r", COMMIT)):
            assert [one.id for one in found.submissions] == ["0001", "0003"]

    def test_one_that_names_the_judged_commit_replaces_those_before_it(self, effects: Effects) -> None:
        named = dataclasses.replace(suite(hours_old=0.5), commits=(COMMIT[:12],))
        rows = Rows(stored(1, suite(failed=1)), stored(2, named))
        found = finder(rows, effects).of_revision("r", COMMIT)
        assert [one.id for one in found.submissions] == ["0002"]
        assert rows.asked == ["newest"]

    def test_one_that_names_another_commit_replaces_nothing(self, effects: Effects) -> None:
        named = dataclasses.replace(suite(hours_old=0.5), commits=("f" * 40,))
        rows = Rows(stored(1, suite(failed=1)), stored(2, named))
        found = finder(rows, effects).of_revision("r", COMMIT)
        assert [one.id for one in found.submissions] == ["0001", "0002"]
        assert rows.asked == ["newest", "all"]


class TestRememberedEvidence:
    def test_forgets_what_was_judged_least_lately(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RememberedEvidence, "MOST", 3)
        remembered = RememberedEvidence()
        one = of((stored(1, suite()),), "0001")
        two = of((stored(1, suite()), stored(2, suite(slot="b"))), "0002")
        remembered.put("first", one)
        remembered.put("second", one)
        remembered.put("first", two)
        assert remembered.get("second") == one
        remembered.put("third", one)
        assert (remembered.get("second"), remembered.get("first")) == (None, two)

    def test_keeps_one_revision_however_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RememberedEvidence, "MOST", 0)
        remembered = RememberedEvidence()
        remembered.put("first", of((stored(1, suite()),), "0001"))
        assert remembered.get("first") is not None


def test_a_report_of_later_counts_from_its_own_time_on() -> None:
    facts = suite(hours_old=-1)
    assert of([stored(1, suite()), stored(2, facts)], "0002").submissions == (stored(2, facts),)
    (report,) = effective_reports([facts], NOON + timedelta(hours=2))
    assert report.usable
