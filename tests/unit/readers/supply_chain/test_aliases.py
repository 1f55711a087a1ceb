"""One problem under several names is one."""

from __future__ import annotations

from tidegate.readers.supply_chain.aliases import best_name, grouped


def groups(*entries: str) -> list[list[str]]:
    """Group words; each letter is a name."""
    return list(grouped(entries, set))


def test_entries_that_share_a_name_are_one() -> None:
    assert groups("ab", "c", "b") == [["ab", "b"], ["c"]]


def test_an_entry_joins_groups_that_stood_apart_so_far() -> None:
    assert groups("a", "b", "c", "ab", "b") == [["a", "b", "ab", "b"], ["c"]]
    assert groups("a", "b", "c", "bc", "ac") == [["a", "b", "c", "bc", "ac"]]


def test_entries_without_a_name_stay_apart() -> None:
    assert groups("", "") == [[""], [""]]


def test_a_cve_is_the_name_that_counts() -> None:
    assert best_name(["GHSA-1", "", "CVE-2", "CVE-1"]) == "CVE-1"
    assert best_name(["PYSEC-2", "GHSA-1"]) == "GHSA-1"
    assert best_name([]) == ""
