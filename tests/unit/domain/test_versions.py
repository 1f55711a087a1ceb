"""Versions are read, ordered and tagged as SemVer 2.0.0 has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.errors import Invalid
from tidegate.domain.versions import Version

# The specification's own order, lowest first.
_ORDER = [
    "0.9.9",
    "1.0.0-0",
    "1.0.0-2",
    "1.0.0-11",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0-x",
    "2.0.0",
]


class TestParse:
    @pytest.mark.parametrize(
        "text", [*_ORDER, "1.0.0+a.00", "1.0.0--", "1.0.0-0a.-+-", "99999999999999999999.0.0"]
    )
    def test_reads_and_writes(self, text: str) -> None:
        assert str(Version.parse(text)) == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.02.3",
            "1.2.03",
            "v1.2.3",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3-a..b",
            "1.2.3+",
            "1.2.3+a+b",
            " 1.2.3",
            "1.2.3\n",
            "1.2.3-ä",
            "١.2.3",
            "-1.2.3",
            "1.2.3-" + "a" * 300,
        ],
    )
    def test_refuses_others(self, text: str) -> None:
        with pytest.raises(Invalid, match="is not a version. Write MAJOR.MINOR.PATCH"):
            Version.parse(text)

    def test_a_leading_v_is_pointed_out(self) -> None:
        with pytest.raises(Invalid, match="without the leading v"):
            Version.parse("v1.2.3")


class TestOrder:
    @pytest.mark.parametrize(("lower", "higher"), list(zip(_ORDER, _ORDER[1:], strict=False)))
    def test_is_the_specifications(self, lower: str, higher: str) -> None:
        assert Version.parse(lower) < Version.parse(higher)
        assert Version.parse(higher) > Version.parse(lower)
        assert Version.parse(lower) != Version.parse(higher)

    def test_no_version_comes_before_itself(self) -> None:
        version = Version.parse("1.0.0-rc.1")
        assert not version < version

    def test_builds_do_not_count(self) -> None:
        one, other = Version.parse("1.0.0+a"), Version.parse("1.0.0+b")
        assert one == other and hash(one) == hash(other) and one <= other
        assert one != "1.0.0"

    @given(st.permutations(_ORDER))
    def test_any_mixture_sorts_the_same(self, mixed: list[str]) -> None:
        assert [str(v) for v in sorted(map(Version.parse, mixed))] == _ORDER


class TestTag:
    @pytest.mark.requirement("S3-15")
    def test_is_prod_and_the_version(self) -> None:
        assert Version(1, 4, 0).tag == "prod/v1.4.0"
        assert Version.of_tag("prod/v1.4.0") == Version(1, 4, 0)

    def test_of_another_environment_does_not_claim_production(self) -> None:
        assert Version(1, 4, 0).tag_for("staging") == "staging/v1.4.0"
        assert Version(1, 4, 0).tag_for("production") == Version(1, 4, 0).tag
        with pytest.raises(Invalid, match="not a production tag"):
            Version.of_tag(Version(1, 4, 0).tag_for("staging"))

    def test_is_no_longer_than_what_keeps_it(self) -> None:
        assert len(Version(1, 4, 0).tag_for("e" * 113)) == 120
        with pytest.raises(Invalid, match="would have 121 characters"):
            Version(1, 4, 0).tag_for("e" * 114)

    @pytest.mark.parametrize(
        "tag", ["v1.4.0", "prod/1.4.0", "prod/v1.4", "prod/v1.4.0-rc.1", "prod/v1.4.0+b"]
    )
    def test_others_are_refused(self, tag: str) -> None:
        with pytest.raises(Invalid):
            Version.of_tag(tag)

    def test_that_may_come_next_are_above(self) -> None:
        version = Version.parse("1.4.1")
        assert [str(one) for one in version.following()] == ["1.4.2", "1.5.0", "2.0.0"]
        assert all(one > version for one in version.following())

    def test_a_pre_release_does_not_ship(self) -> None:
        with pytest.raises(Invalid, match="cannot be released"):
            Version.parse("1.0.0-rc.1").tag

    @pytest.mark.parametrize("text", ["1.0.20261129181500", "99999999999999.0.0"])
    def test_a_date_with_its_time_ships(self, text: str) -> None:
        assert Version.parse(text).tag == f"prod/v{text}"

    @pytest.mark.parametrize("text", ["99999999999999999999.0.0", "1.100000000000000.0", "0.0." + "9" * 200])
    def test_a_number_that_nobody_counts_to_does_not_and_says_what_does(self, text: str) -> None:
        with pytest.raises(Invalid, match="is too large. Write numbers of at most 14 digits, as 1.4.0"):
            Version.parse(text).tag_for("staging")
        with pytest.raises(Invalid, match="is too large"):
            Version.of_tag(f"prod/v{text}")
