"""Tests of what templates write: ages, moments, shortened hashes, and nothing unescaped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tidegate.kernel.http.templating import age, detail, line, moment, pretty, prose, short, source

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


class TestAge:
    @pytest.mark.parametrize(
        ("passed", "expected"),
        [
            (timedelta(0), "0 s ago"),
            (timedelta(seconds=59), "59 s ago"),
            (timedelta(minutes=5, seconds=9), "5 min ago"),
            (timedelta(hours=47), "47 h ago"),
            (timedelta(days=2), "2 d ago"),
            (timedelta(days=9000), "9000 d ago"),
            (-timedelta(minutes=3), "in 3 min"),
        ],
    )
    def test_is_said_in_the_largest_unit(self, passed: timedelta, expected: str) -> None:
        assert age(NOW - passed, NOW) == expected


class TestText:
    def test_of_a_moment_names_its_zone(self) -> None:
        assert moment(NOW) == moment("2026-11-28T12:00:00.000Z") == "2026-11-28 12:00:00 UTC"

    def test_lets_no_markup_through_but_code(self) -> None:
        assert line("a `b<c>` <script>") == "a <code>b&lt;c&gt;</code> &lt;script&gt;"
        assert prose("one\n\n<b>") == "<p>one</p><p>&lt;b&gt;</p>"

    def test_names_an_import_by_its_file(self) -> None:
        assert source("import:01a22866-4b95-7000-8973-409259fcdb54 (estates.csv)") == "import of estates.csv"
        assert source("token:ci-harbour: import:1 (x)") == "token:ci-harbour: import:1 (x)"

    def test_shortens_commits_and_digests(self) -> None:
        assert short("sha256:" + "ab" * 32) == "ab" * 6
        assert detail(f"revision:shop@{'c' * 40}") == "revision:shop@cccccccccccc"
        assert detail({"count": 3}) == '{"count":3}'

    def test_writes_values_as_indented_json(self) -> None:
        assert pretty({"a": 1}) == '{\n  "a": 1\n}'
