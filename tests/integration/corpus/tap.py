"""Agreement of TAP reports with the manifest: its recount of the points, and what node-tap's parser says."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {}

# A point with a directive is counted as skipped here, and by the manifest as `ok` or `not_ok` too. What it
# recounts with other rules than the standard's: `#skip` after a backslash or inside a word is no directive.
_RECOUNTED_AS_SKIPPED = {"tap/tapjs-tapjs__skip.tap": 2, "tap/tapjs-tapjs__todo_inline.tap": 3}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare points, failed ones and directives; what node-tap does not accept must not have passed."""
    if isinstance(got, Unreadable):
        return "EMPTY" in row["flags"]
    said, counted = fields(row["expected"]), fields(row["recount"])
    accepted = said.get("ok") != "false"
    measures = {name.partition(".")[2]: int(value) for name, value in got.measures.items()}
    if "bailout" in counted:
        return not got.ran and measures["total"] == int(said["count"])
    directives = _RECOUNTED_AS_SKIPPED.get(row["path"], int(counted["skip"]) + int(counted["todo"]))
    points = int(counted["top_level_points"])
    not_ok = int(counted["not_ok"])
    fits = (
        measures["total"] == points
        and measures["skipped"] == directives
        and not_ok - directives <= measures["failed"] <= not_ok
        and measures["errors"] == 0
    )
    passed = got.ran and measures["failed"] + measures["errors"] == 0
    return fits and (passed if accepted and points else not passed)
