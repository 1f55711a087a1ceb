"""A run told in TAP, line by line: points with their subtests, plans, YAML blocks, pragmas, bailing out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.node_files import is_source_file
from tidegate.readers.test_results.tally import Tally
from tidegate.readers.test_results.tap_blocks import plain_names, plain_points
from tidegate.readers.test_results.tap_points import Point, TapDocument, plan_of, unescaped

VERSION = re.compile(r"TAP version (\d+)\s*$", re.IGNORECASE)
_KNOWN_VERSIONS = frozenset({"12", "13", "14"})
_BAIL_OUT = re.compile(r"bail out!\s*(.*)", re.IGNORECASE)
_PRAGMA = re.compile(r"pragma ([+-])(\S.*)$")
_ANY_PLAN = re.compile(r"\d+\.\.\d+\b")
_DURATION = re.compile(r"duration_ms:\s*['\"]?(\d+(?:\.\d+)?)")
_MESSAGE = re.compile(r"(?:message|error):\s*(.*)")
_BLOCK_TEXT = re.compile(r"[|>][+-]?\d?$")
_SUBTEST = "# Subtest: "
_AGAIN = "Run the tests again and keep all that they write."
_UNSAFE = re.compile(r"[^\w .,:;!/()'-]")


class TapRun:
    """Takes the lines in turn; `items` holds the cases that were met since they were last taken away."""

    def __init__(self, limits: Limits, keep: bool) -> None:
        self.tally = Tally()
        self.items: list[Case] = []
        self.bailed_out = False
        self._limits = limits
        self._keep = keep
        self._documents = [TapDocument()]
        self._numbers = _Numbers(limits.max_items)
        self._trouble: str | None = None
        self._plan_ends = False  # the plan came after points: none may follow
        self._strict = False
        self._yaml: int | None = None  # the indentation of the block that is open
        self._wants_text = False  # the next line of the block is the message
        self._last: Point | None = None  # what a block belongs to
        self._last_indent = 0
        self.empty = True
        self._follows = False  # the line before was that point
        self._subtest: str | None = None  # what the line before announced, as Node's runner does
        self.ends_in_point = False

    def take_plain(self, before: int, block: bytes) -> bool:
        """Take plain points that passed together; tells whether they go on where the others ended."""
        report = self._documents[0]
        usual = self._yaml is None and self._subtest is None
        usual = usual and len(self._documents) == 1 and not self._plan_ends
        if not usual or (report.pending is not None and report.pending.open):
            return False
        count = plain_points(block, report.points + 1) if self._numbers.are_in_order(report.points) else 0
        if not count or before + count > self._limits.max_items:
            return False
        # The last one waits for what may follow it; all others are over.
        self._settle(0)
        if self._keep:
            self.items += self._plain_cases(block, report.points + 1)
        self.tally.add_passed(count - 1)
        report.points += count - 1
        report.ran += count - 1
        self._numbers.skip(count - 1)
        last = block[block.rfind(b"\n", 0, -1) + 1 :].decode("ascii").rstrip()
        self._point(Point.of(last) or Point(True, None, ""), 0)
        self.empty = False
        return True

    def _plain_cases(self, block: bytes, first: int) -> Iterator[Case]:
        """Give the cases of plain points, without the last."""
        passed, most = Outcome.PASSED, self._limits.max_text
        for number, rest in enumerate(plain_names(block)[:-1], first):
            name = rest.strip().removeprefix("-").strip() or f"test {number}"
            yield Case("", name[:most], passed)

    def line(self, number: int, line: str) -> None:
        """Take the next line."""
        text = line.strip()
        if self._yaml is not None:
            if not text or (len(line) - len(line.lstrip(" "))) >= self._yaml:
                self._in_block(line, text)
                return
            self._yaml = None
        self.ends_in_point = False
        if not text:
            return
        self.empty = False
        follows, self._follows = self._follows, False
        indent = len(line) - len(line.lstrip(" "))
        if text == "---" and self._last is not None and indent > self._last_indent:
            self._yaml, self._wants_text = indent, False
            return
        subtest, self._subtest = self._subtest, None
        if text.startswith("#"):
            if text.startswith(_SUBTEST) and not indent:
                self._subtest = unescaped(text.removeprefix(_SUBTEST))
            if follows:
                self._comment(text, indent)
            return
        depth, rest = divmod(indent, 4)
        if rest or depth > self._limits.max_depth or line[indent] == "\t" or not self._tap(text, depth):
            self._not_tap(number, depth)
        elif subtest is not None and self._last is not None and self._follows:
            # The file of a test that ran is not announced, but the test.
            self._last.holds_tests = self._last.name == subtest and is_source_file(subtest)

    def _tap(self, text: str, depth: int) -> bool:
        """Take a line that is TAP; tells whether it is."""
        point = Point.of(text)
        if point is not None:
            self._point(point, depth)
            return True
        if (plan := plan_of(text)) is not None:
            self._plan(plan, depth)
            return True
        if text in ("{", "}"):
            return self._brace(text, depth)
        if (bail := _BAIL_OUT.match(text)) is not None:
            self.bailed_out = True
            said = _UNSAFE.sub("", bail[1])[:200].strip()
            self._trouble = f"The run bailed out{f': {said}' if said else ''}. Repair that and run it again."
            return True
        if (pragma := _PRAGMA.match(text)) is not None:
            if depth == 0 and pragma[2] == "strict":
                self._strict = pragma[1] == "+"
            return True
        version = VERSION.match(text)
        if version is not None and version[1] not in _KNOWN_VERSIONS and depth == 0:
            self._object(
                f"The report is TAP version {version[1][:6]}, and 12, 13 and 14 are known: write one of"
                " these."
            )
        return version is not None

    def _point(self, point: Point, depth: int) -> None:
        while len(self._documents) <= depth:
            self._documents.append(TapDocument())
        document = self._documents[depth]
        inside = self._leave(depth) if len(self._documents) > depth + 1 else None
        before = document.pending
        if before is not None and before.open:  # its subtests came, the `}` did not
            before.inside, inside = inside, None
        self._settle(depth)
        point.inside = inside
        document.pending = self._last = point
        self._last_indent, self._follows = 4 * depth, True
        document.points += 1
        if depth == 0:
            self.ends_in_point = True
            if self._plan_ends:
                self._object(
                    "Test points follow the plan that ends the report: it is of several runs. Send each run"
                    " as a report of its own."
                )
            if not self._numbers.add(document.points if point.number is None else point.number):
                self._object(
                    f"The number {point.number} stands at two test points: results are lost. {_AGAIN}"
                )

    def _leave(self, depth: int) -> TapDocument | None:
        """Close the documents below a depth; gives the one right below it, if there was any."""
        for below in range(len(self._documents) - 1, depth, -1):
            document = self._documents[below]
            if document.pending is not None and document.pending.open and below + 1 < len(self._documents):
                document.pending.inside = self._documents[below + 1]
            self._settle(below)
        inside = self._documents[depth + 1] if len(self._documents) > depth + 1 else None
        del self._documents[depth + 1 :]
        return inside if inside is not None and (inside.points or inside.plan is not None) else None

    def _settle(self, depth: int) -> None:
        settled = self._documents[depth].settle()
        if settled is None or depth:
            return
        point, outcome, detail = settled
        self.tally.add(outcome, point.seconds)
        if self._keep:
            most = self._limits.max_text
            self.items.append(Case("", point.name[:most], outcome, point.seconds or 0.0, detail[:most]))

    def _brace(self, text: str, depth: int) -> bool:
        point = self._documents[depth].pending if depth < len(self._documents) else None
        if point is None or (text == "}") is not point.open:
            return False
        point.open = text == "{"
        if text == "}":
            point.inside = self._leave(depth)
        return True

    def _plan(self, plan: tuple[int, int], depth: int) -> None:
        while len(self._documents) <= depth:
            self._documents.append(TapDocument())
        document = self._documents[depth]
        if depth:
            document.plan = plan[1] if document.plan is None else document.plan
            return
        if document.plan is not None:
            self._object(
                "The report has two plans: it is of several runs. Send each run as a report of its own."
            )
        elif plan[0] != 1 and plan != (0, 0):
            self._object(
                f"The plan begins with {plan[0]}: a plan begins with 1, any other is not understood. {_AGAIN}"
            )
        document.plan = plan[1] if document.plan is None else document.plan
        self._plan_ends = self._plan_ends or document.points > 0

    def _comment(self, text: str, indent: int) -> None:
        last = self._last
        if last is not None and not last.ok and not last.detail and indent == self._last_indent:
            last.detail = text.lstrip("# ").strip()[: self._limits.max_text]

    def _in_block(self, line: str, text: str) -> None:
        last = self._last
        if text == "...":
            self._yaml = None
        elif last is None:
            return
        elif self._wants_text and text:
            last.detail, self._wants_text = text[: self._limits.max_text], False
        elif len(line) - len(line.lstrip(" ")) == self._yaml:
            took, said = _DURATION.match(text), _MESSAGE.match(text)
            if text == "type: 'suite'":
                last.holds_tests = True
            elif took is not None:
                last.seconds = float(took[1][:20]) / 1000
            elif said is not None and not last.detail:
                self._wants_text = _BLOCK_TEXT.match(said[1]) is not None
                last.detail = "" if self._wants_text else _unquoted(said[1])[: self._limits.max_text]

    def _not_tap(self, number: int, depth: int) -> None:
        """Pass over what is no TAP, as output of the tests, unless the report asks for more care."""
        if self._strict and depth == 0:
            self._object(
                f"Line {number} is no TAP, and the report asks with `pragma +strict` that this be a failure."
            )

    def _object(self, trouble: str) -> None:
        self._trouble = self._trouble or trouble

    def end(self, *, ends_in_line: bool) -> str | None:
        """Close the report; says why it shows that the tests did not do their work, None where they did."""
        report = self._documents[0]
        point = report.pending
        cut = point is not None and (point.open or (ends_in_line and self.ends_in_point))
        inside = self._leave(0)
        if point is not None and point.open:
            point.inside = inside
            inside = None
        self._settle(0)
        listed = report.points
        if self._trouble is not None:
            return self._trouble
        if report.plan is None:
            return f"The report has no plan, so nothing shows that it is complete. {_AGAIN}"
        if report.plan == 0 and not listed:
            return "The plan says that all tests were skipped: nothing was tested. Run at least one."
        if report.plan != listed:
            return f"The plan is of {report.plan} tests and {listed} are listed. {_AGAIN}"
        if self._numbers.largest > report.plan:
            return (
                f"The plan is of {report.plan} tests and one has the number {self._numbers.largest}. {_AGAIN}"
            )
        if inside is not None and inside.failing:
            return f"A subtest has no test point of its own after it, and a test in it failed. {_AGAIN}"
        if cut:
            return f"The report ends within a test point: it was cut off. {_AGAIN}"
        return self.tally.why_nothing()


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


class _Numbers:
    """The numbers of the points; what comes in order takes no memory."""

    def __init__(self, most: int) -> None:
        self.largest = 0
        self._most = most
        self._in_order = 0
        self._seen: bytearray | None = None

    def are_in_order(self, points: int) -> bool:
        """Tell whether so many points came in the order of their numbers."""
        return self._seen is None and self._in_order == points

    def skip(self, count: int) -> None:
        """Note so many numbers that come next."""
        self._in_order += count
        self.largest = max(self.largest, self._in_order)

    def add(self, number: int) -> bool:
        """Note a number; tells whether it is new."""
        self.largest = max(self.largest, number)
        if self._seen is None:
            if number == self._in_order + 1:
                self._in_order = number
                return True
            self._seen = bytearray(b"\1" * (self._in_order + 1))
            self._seen[0] = 0
        if number > self._most:
            return True  # it is out of the range of any plan, which is said at the end
        if number >= len(self._seen):
            self._seen.extend(bytes(number + 1 - len(self._seen)))
        known, self._seen[number] = self._seen[number], 1
        return not known
