"""The JSON report of Playwright's test runner: suites in suites, with specs, tests and their tries."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.own_times import first_end
from tidegate.readers.test_results.tally import Tally, first_line, sound_seconds

FORMAT = "playwright"
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_REMAKE = "`PLAYWRIGHT_JSON_OUTPUT_NAME=playwright.json npx playwright test --reporter=json`"
_STATUSES = ("expected", "unexpected", "flaky", "skipped")
# Options by which a run leaves out tests that another run had, or was to have.
_LEAVES_OUT = ("--last-failed", "--only-changed")
_OLD = re.compile(r"1\.[1-3]?\d\.\d.*")  # Playwright before 1.40 does not count what it lists


class _Error(msgspec.Struct, gc=False):
    message: str | None = None
    value: str | None = None


class _PlaywrightResult(msgspec.Struct, gc=False):
    """One try of a test."""

    status: str | None = None
    duration: float = 0.0
    error: _Error | None = None


class _PlaywrightTest(msgspec.Struct):
    """A spec in one project."""

    status: str
    results: list[_PlaywrightResult]
    expected: str = msgspec.field(name="expectedStatus", default="passed")
    project: str = msgspec.field(name="projectName", default="")


class _Spec(msgspec.Struct):
    title: str
    tests: list[_PlaywrightTest]
    file: str = ""


class _PlaywrightSuite(msgspec.Struct):
    title: str
    specs: list[_Spec] = []
    suites: list[_PlaywrightSuite] | None = None


class _Stats(msgspec.Struct):
    expected: int
    unexpected: int
    flaky: int
    skipped: int
    start: str | None = msgspec.field(name="startTime", default=None)
    duration: float = 0.0


class _Shard(msgspec.Struct, gc=False):
    current: int
    total: int


class _Config(msgspec.Struct):
    version: str = ""
    metadata: object = None
    shard: _Shard | None = None
    argv: list[str] | None = None


class _PlaywrightReport(msgspec.Struct):
    config: _Config
    suites: list[_PlaywrightSuite]
    stats: _Stats | None = None
    errors: list[_Error] = []


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.has("config", "suites"):
        return seen.has("stats") or bool({"rootDir", "projects", "specs"} & seen.inner)
    return seen.has("suites", "stats", "errors")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _PlaywrightReport, remake=_REMAKE)
    tally = Tally()
    listed = dict.fromkeys(_STATUSES, 0)
    not_run = suites = 0
    for path, suite in _suites(report.suites):
        suites += 1
        for spec in suite.specs:
            for test in spec.tests:
                outcome, detail = _judge(test)
                listed[test.status] = listed.get(test.status, 0) + 1
                not_run += _did_not_get_its_turn(test)
                flaky = outcome is Outcome.PASSED and test.status == "flaky"
                seconds = sum(sound_seconds(each.duration / 1000) for each in test.results)
                tally.add(outcome, seconds, flaky=flaky)
                if items:
                    name = f"{spec.title} [{test.project}]" if test.project else spec.title
                    told = cut(detail, limits)
                    yield Case(cut(path, limits), cut(name, limits), outcome, seconds, told, flaky)
    why_not = _why_not(report, listed, not_run) or tally.why_nothing()
    stats = report.stats or _Stats(0, 0, 0, 0)
    return Reading(
        FORMAT,
        Kind.TESTS,
        "playwright",
        tally.measures(suites, tells_flaky=True),
        cut(report.config.version, limits),
        ran=why_not is None,
        why_not=why_not,
        made_at=first_end(None, stats.start, str(stats.duration / 1000)),
        commits=_commits(report.config.metadata),
    )


def _commits(metadata: object) -> tuple[str, ...]:
    """Return the commits that the run's metadata names, of the working copy and of the CI system."""
    found: dict[str, None] = {}
    for part, name in (("gitCommit", "hash"), ("ci", "commitHash")):
        inside = metadata.get(part) if isinstance(metadata, dict) else None
        commit = inside.get(name) if isinstance(inside, dict) else None
        if isinstance(commit, str) and _COMMIT.fullmatch(commit):
            found[commit] = None
    return tuple(found)


def _suites(suites: list[_PlaywrightSuite]) -> Iterator[tuple[str, _PlaywrightSuite]]:
    """Walk through the suites in their order, each with the titles that lead to it."""
    waiting = [(suite.title, suite) for suite in reversed(suites)]
    while waiting:
        path, suite = waiting.pop()
        yield path, suite
        waiting += [(f"{path} > {each.title}", each) for each in reversed(suite.suites or [])]


def _judge(test: _PlaywrightTest) -> tuple[Outcome, str]:
    """Settle how a test ended, and what is said of it where it did not pass."""
    last = test.results[-1] if test.results else None
    ended = last.status if last else None
    said = _text(last.error) if last else ""
    if test.status == "skipped":
        return Outcome.SKIPPED, ""
    if test.status in ("expected", "flaky") and ended == test.expected:
        if ended == "passed":
            return Outcome.PASSED, ""
        if ended in ("failed", "timedOut"):  # `test.fail()`: it is known to be broken, and still is
            return Outcome.SKIPPED, ""
    if test.status == "unexpected" and ended == "failed":
        return Outcome.FAILED, said
    if test.status == "unexpected" and ended == "passed":
        return Outcome.FAILED, said or "It was expected to fail, and passed."
    if test.status == "unexpected" and ended in ("timedOut", "interrupted"):
        return Outcome.ERROR, said or f"It ended as {ended}."
    return Outcome.ERROR, said or f"Its status is {test.status!r} and its last try ended as {ended!r}."


def _did_not_get_its_turn(test: _PlaywrightTest) -> bool:
    """Tell whether a test that was to run did not, because the run was stopped."""
    if test.status != "skipped" or test.expected == "skipped":
        return False
    return not test.results or test.results[-1].status in (None, "interrupted")


def _text(error: _Error | None) -> str:
    return first_line(error.message or error.value or "", 2000) if error else ""


def _why_not(report: _PlaywrightReport, listed: dict[str, int], not_run: int) -> str | None:
    if report.errors:
        first = _text(report.errors[0])[:300].rstrip(".")
        told = f", the first: {first}" if first else ""
        return (
            f"Playwright met {len(report.errors)} error(s) outside the tests{told}."
            " Repair what they name and run it again."
        )
    if (part := _part(report.config)) is not None:
        return part
    stats = report.stats
    if stats is None and not _OLD.fullmatch(report.config.version):
        return (
            f"The report has no `stats`, which Playwright writes since 1.40. Write it again with {_REMAKE}."
        )
    for status, said in listed.items() if stats is None else _counted(stats):
        if said != listed[status]:
            return (
                f"The report counts {said} tests as {status} and lists {listed[status]}: results are missing"
                f" or were changed. Write it again with {_REMAKE}."
            )
    if not_run:
        return (
            f"{not_run} test(s) did not get their turn: the run was interrupted, or stopped by"
            " `--max-failures` or a timeout. Let it run to its end."
        )
    return None


def _part(config: _Config) -> str | None:
    """Say that the report is of a part of the tests; None where it is of all that the pipeline chose."""
    shard = config.shard
    if shard is not None and shard.total > 1:
        return (
            f"The report is of shard {shard.current} of {shard.total} alone. Let each shard write"
            " `--reporter=blob`, and merge all of them:"
            " `npx playwright merge-reports --reporter=json all-blob-reports`."
        )
    for option in _LEAVES_OUT:
        if any(given.partition("=")[0] == option for given in config.argv or ()):
            return f"The run left out tests (`{option}`), so it shows nothing of them. Run it without."
    return None


def _counted(stats: _Stats) -> Iterator[tuple[str, int]]:
    """Give how many tests the report counts under each status."""
    return zip(_STATUSES, (stats.expected, stats.unexpected, stats.flaky, stats.skipped), strict=True)


READER = Reader(
    format=FORMAT,
    title="Playwright JSON",
    kind=Kind.TESTS,
    source="https://playwright.dev/docs/test-reporters#json-reporter",
    follows={
        "tool.ran": (
            "False where `errors` is not empty, `stats` is missing or counts other than what is listed, tests"
            " did not get their turn, nothing was tested, or the run was one shard, or of what had failed or"
            " changed."
        ),
        "tests.total": "Entries of `tests`: a spec counts once for each project that it is in.",
        "tests.passed": "Those that are `expected` or `flaky` and whose last try passed.",
        "tests.failed": (
            "Those that are `unexpected` and whose last try failed, or passed although it was to fail."
        ),
        "tests.errors": (
            "Those that are `unexpected` and whose last try ran out of time or was interrupted, those with"
            " any other status, and those whose status and tries contradict each other."
        ),
        "tests.skipped": "Those that are `skipped`, and those that were expected to fail and did.",
        "tests.flaky": "Passed ones that are `flaky`.",
        "tests.suites": "Suites, nested ones included; a file is one.",
        "tests.duration": "The sum of the tries' `duration`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A test that is marked with `test.fail()` and fails is `expected` to Playwright; it counts as"
        " skipped, as an expected failure does in JUnit and TAP: what it tests is known to be broken.",
        "An entry of the top-level `errors` stands for what broke outside the tests, such as a file that"
        " could not be loaded, whose tests are then not listed: the run did not do its work.",
        "A test that is skipped without a try, though nothing asked to skip it, did not get its turn.",
        "A report of one shard is of a part of the tests: merge those of all (`merge-reports`). A merged"
        " report does not tell which shards are in it. What a pipeline chooses with `--grep`, `--project` or"
        " names of files, and `test.only` without `--forbid-only`, is not told from a run of all.",
        "Playwright before 1.40 writes no `stats`: there nothing tells of tests that were taken out.",
        "The count is of tests, not of tries: `results` holds one entry for each try.",
    ),
)
