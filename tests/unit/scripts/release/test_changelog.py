"""The section of a version in a changelog."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scripts.release.changelog import BadChangelog, main, section
from tests.integration.quality.tools import ROOT

TEXT = """\
# Changelog

## [Unreleased]

- Not yet.

## [1.1.0] - 2026-11-21

### Added

- Boats can be moored:

```bash
## [9.9.9] is no heading here
```

## [1.0.0] - 2026-10-01

- Boats can be counted.

[1.1.0]: https://example.org/compare/1.0.0...1.1.0
[1.0.0]: https://example.org/1.0.0
"""


class TestSection:
    def test_ends_where_the_next_begins_and_knows_code(self) -> None:
        found = section(TEXT, "1.1.0")
        assert found.day == date(2026, 11, 21)
        assert found.notes.startswith("### Added\n\n- Boats can be moored:")
        assert found.notes.endswith("## [9.9.9] is no heading here\n```\n")

    def test_of_the_oldest_version_has_no_link_definitions(self) -> None:
        assert section(TEXT, "1.0.0").notes == "- Boats can be counted.\n"

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("", "has no section of 1.0.0"),
            ("## 1.0.0 - 2026-10-01\n\n- A.\n", "has no section of 1.0.0"),
            ("## [1.0.0-rc.1] - 2026-10-01\n\n- A.\n", "has no section of 1.0.0"),
            ("## [1.0.0]\n\n- A.\n", "has no date"),
            ("## [1.0.0] - soon\n\n- A.\n", "has no date"),
            ("## [1.0.0] - 2026-02-30\n\n- A.\n", "has no date"),
            ("## [1.0.0] - 2026-10-01\n", "is empty"),
            ("## [1.0.0] - 2026-10-01\n\n### Added\n\n### Fixed\n", "is empty"),
            ("## [1.0.0] - 2026-10-01\n\n[1.0.0]: https://example.org\n", "is empty"),
            ("## [1.0.0] - 2026-10-01\n\n- A.\n\n## [1.0.0] - 2026-10-02\n\n- B.\n", "2 sections of 1.0.0"),
        ],
    )
    def test_is_refused_where_it_tells_users_nothing(self, text: str, wrong: str) -> None:
        with pytest.raises(BadChangelog, match=wrong):
            section(text, "1.0.0")


class TestMain:
    def test_prints_the_notes(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "CHANGELOG.md"
        path.write_text(TEXT)
        assert main(["1.0.0"], path) == 0
        assert capsys.readouterr().out == "- Boats can be counted.\n"

    def test_says_what_is_missing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["99.0.0"], ROOT / "CHANGELOG.md") == 1
        assert "has no section of 99.0.0" in capsys.readouterr().err
        assert main(["99.0.0"], ROOT / "no-such-file.md") == 1

    def test_wants_one_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 2
        assert "usage" in capsys.readouterr().err
