"""Cucumber's JSON: features with scenarios, their steps and hooks; behave writes it too."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.test_results.tally import Tally, first_line, sound_seconds

FORMAT = "cucumber"
_REMAKE = "`npx cucumber-js --format json:cucumber.json`, or `behave -f json -o cucumber.json`"
_WORDS = {
    "passed": Outcome.PASSED,
    "skipped": Outcome.SKIPPED,
    "untested": Outcome.SKIPPED,
    "failed": Outcome.FAILED,
}
"""What a step can say of itself; `undefined`, `pending`, `ambiguous` and any other word is an error."""
_WORST = (Outcome.PASSED, Outcome.SKIPPED, Outcome.ERROR, Outcome.FAILED)


class _CucumberResult(msgspec.Struct, gc=False):
    status: str
    duration: float | None = None
    error: str | list[str] | None = msgspec.field(name="error_message", default=None)


class _Hook(msgspec.Struct, gc=False):
    result: _CucumberResult | None = None


class _CucumberStep(msgspec.Struct):
    name: str | None = None
    hidden: bool = False  # a hook, as Cucumber for JavaScript writes it
    result: _CucumberResult | None = None
    before: list[_Hook] = []
    after: list[_Hook] = []


class _Element(msgspec.Struct):
    """A scenario, or a background whose steps belong to the scenario after it."""

    type: str | None = None
    keyword: str = ""
    name: str | None = ""
    status: str | None = None
    steps: list[_CucumberStep] = []
    before: list[_Hook] = []
    after: list[_Hook] = []


class _Feature(msgspec.Struct):
    name: str | None = ""
    uri: str | None = ""
    status: str | None = None
    elements: list[_Element] = []


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root != "[":
        return False
    # Cucumber for JavaScript writes a feature's elements first: what follows them may lie behind the head.
    steps = "elements" in seen.inner and b'"keyword"' in source.head and b'"steps"' in source.head
    return steps or {"elements", "uri"} <= seen.inner or {"keyword", "uri", "name"} <= seen.inner


class _Scenario:
    """What the steps and hooks of one scenario come to."""

    __slots__ = ("outcome", "detail", "units", "timed", "met")

    def __init__(self) -> None:
        self.outcome = Outcome.PASSED
        self.detail = ""
        self.units = 0.0
        self.timed = False
        self.met = False  # a step that has a result

    def add(self, element: _Element, most: int) -> None:
        """Take all that an element's steps and hooks say."""
        for hook in (*element.before, *element.after):
            self._result(hook.result, "a hook", most)
        for step in element.steps:
            self.met = self.met or not step.hidden
            for hook in (*step.before, *step.after):
                self._result(hook.result, "a hook of a step", most)
            if step.result is None:
                self.worsen(Outcome.SKIPPED, "")
            else:
                self._result(step.result, "a hook" if step.hidden else f"the step {step.name or ''!r}", most)
        if element.status is not None:
            self.worsen(_outcome(element.status), f"its status is {element.status!r}"[:most])

    def _result(self, result: _CucumberResult | None, what: str, most: int) -> None:
        if result is None:
            return
        if result.duration is not None:
            self.timed = True
            self.units += max(0.0, result.duration)
        outcome = _outcome(result.status)
        if outcome is not Outcome.PASSED:
            said = result.error if isinstance(result.error, str) else "\n".join(result.error or ())
            self.worsen(outcome, first_line(said, most) or f"{what} is {result.status}"[:most])

    def worsen(self, outcome: Outcome, detail: str) -> None:
        """Take an outcome where it is worse than what is known."""
        if _WORST.index(outcome) > _WORST.index(self.outcome):
            self.outcome, self.detail = outcome, detail


def _outcome(word: str) -> Outcome:
    return _WORDS.get(word.lower(), Outcome.ERROR)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    features = load(source, limits, list[_Feature], remake=_REMAKE)
    tally = Tally()
    for feature in features:
        # behave gives statuses to features, and its durations in seconds; all others count nanoseconds.
        unit = 1.0 if feature.status is not None else 1e9
        suite, bad = cut(feature.name or feature.uri or "", limits), tally.bad
        for element, scenario in _scenarios(feature, limits.max_text):
            seconds = sound_seconds(scenario.units / unit) if scenario.timed else None
            tally.add(scenario.outcome, seconds)
            if items:
                yield _case(suite, element.name or "", scenario, seconds or 0.0, limits)
        # A hook around the feature broke: no scenario says so.
        if feature.status is not None and tally.bad == bad and _outcome(feature.status) in _WORST[2:]:
            tally.add(Outcome.ERROR)
            if items:
                said = cut(f"The feature's status is {feature.status!r}", limits)
                yield Case(suite, suite, Outcome.ERROR, detail=said)
    why_not = tally.why_nothing("scenario")
    measures = tally.measures(len(features))
    tool = "behave" if any(feature.status is not None for feature in features) else FORMAT
    return Reading(FORMAT, Kind.TESTS, tool, measures, ran=why_not is None, why_not=why_not)


def _scenarios(feature: _Feature, most: int) -> Iterator[tuple[_Element, _Scenario]]:
    """Give the scenarios of a feature, each with the steps of the background before it."""
    background: _Element | None = None
    for element in feature.elements:
        if (element.type or element.keyword).lower() == "background":
            # behave lists the background itself, and its steps again in each scenario.
            background = element if any(step.result for step in element.steps) else None
            continue
        scenario = _Scenario()
        if background is not None:
            scenario.add(background, most)
            background = None
        scenario.add(element, most)
        if not scenario.met:
            scenario.worsen(Outcome.SKIPPED, "")
        yield element, scenario
    if background is not None:  # the scenario that it was for is not there
        scenario = _Scenario()
        scenario.add(background, most)
        scenario.worsen(Outcome.ERROR, "the scenario after this background is missing")
        yield background, scenario


def _case(suite: str, name: str, scenario: _Scenario, seconds: float, limits: Limits) -> Case:
    bad = scenario.outcome in (Outcome.FAILED, Outcome.ERROR)
    return Case(suite, cut(name, limits), scenario.outcome, seconds, scenario.detail if bad else "")


READER = Reader(
    format=FORMAT,
    title="Cucumber JSON",
    kind=Kind.TESTS,
    source="https://github.com/cucumber/cucumber-json-schema",
    follows={
        "tool.ran": "False where no scenario is listed, or every one was skipped.",
        "tests.total": "Elements that are no background: scenarios, and each example of an outline.",
        "tests.passed": "Scenarios of which every step and hook passed.",
        "tests.failed": "Scenarios with a step or hook that failed.",
        "tests.errors": (
            "Scenarios without a failed one, and with one that is `undefined`, `pending`, `ambiguous` or of"
            " any other status; and features that failed without such a scenario."
        ),
        "tests.skipped": (
            "Scenarios without any of these, and with a step that was skipped, untested or has no result, or"
            " without steps."
        ),
        "tests.suites": "Features.",
        "tests.duration": "The sum of the steps' and hooks' durations.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A scenario is one case; peers that count steps count one failure once and the steps after it as"
        " skipped tests.",
        "`undefined`, `pending` and `ambiguous` fail the run of every Cucumber today; nothing was asserted,"
        " so they count as errors.",
        "The steps of a background count towards the scenario after it, as they ran for it.",
        "A scenario without steps tested nothing, and counts as skipped.",
        "An empty list is no format by content, several tools write it; named, it is no run.",
        "Durations are nanoseconds, but seconds in behave's reports, whose features have a `status`.",
        "A hook after all features that fails makes the exit code 1 and is in no report, and a dry run of"
        " Cucumber for the JVM says `passed` of every step: nothing tells either from a run that passed.",
        "There is no summary: a report that was cut is no valid JSON, one that was edited cannot be told.",
    ),
)
