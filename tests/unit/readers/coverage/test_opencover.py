"""OpenCover XML: lines of sequence points, branch points and methods, of modules that may share a source."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.opencover import READER


def point(line: Any, count: Any, file: Any = 1) -> str:
    """Write a sequence point; without a file as old versions do."""
    uid = "" if file is None else f' fileid="{file}"'
    return f'<SequencePoint vc="{count}" sl="{line}" el="{line}"{uid}/>'


def branch(line: Any, count: Any, path: int = 0, offset: int = 4, file: Any = 1) -> str:
    """Write a branch point; without a line and a file as old versions do."""
    places = "".join(
        f' {name}="{value}"' for name, value in (("sl", line), ("fileid", file)) if value is not None
    )
    return f'<BranchPoint vc="{count}" offset="{offset}" path="{path}"{places}/>'


def method(*points: str, name: str = "System.Void A::F()", file: str = '<FileRef uid="1"/>') -> str:
    """Write a method."""
    sequence = "".join(one for one in points if one.startswith("<S"))
    branches = "".join(one for one in points if not one.startswith("<S"))
    return (
        '<Method visited="true"><Summary numSequencePoints="77" visitedSequencePoints="1"/>'
        f"<Name>{name}</Name>{file}<SequencePoints>{sequence}</SequencePoints>"
        f"<BranchPoints>{branches}</BranchPoints>"
        '<MethodPoint vc="1" sl="1" fileid="1"/></Method>'
    )


def module(*methods: str, files: str = '<File uid="1" fullPath="C:\\a.cs"/>', name: str = "A") -> str:
    """Write a module of one class."""
    return (
        f"<Module hash='1'><Files>{files}</Files><Classes><Class><FullName>{name}</FullName>"
        f"<Methods>{''.join(methods)}</Methods></Class></Classes></Module>"
    )


def report(*modules: str, lines: str = "", branches: str = "") -> str:
    """Write a report; what it declares is given as visited/all."""
    declared = ""
    for what, part in (("Sequence", lines), ("Branch", branches)):
        if part:
            visited, _, total = part.partition("/")
            declared += f' num{what}Points="{total}" visited{what}Points="{visited}"'
    return f"<CoverageSession><Summary{declared}/><Modules>{''.join(modules)}</Modules></CoverageSession>"


def counts(text: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, text).measures.items()}


class TestCounting:
    def test_counts_lines_once_branches_methods_and_files(self) -> None:
        first = method(point(3, 0), point(3, 2), point(4, 0), branch(3, 1), branch(3, 0, path=1))
        second = method(point(9, 0), name="System.Void A::G()")
        assert counts(report(module(first, second), lines="1/4", branches="1/2")) == {
            "files": 1,
            "lines_total": 3,
            "lines_covered": 1,
            "branches_total": 2,
            "branches_covered": 1,
            "functions_total": 2,
            "functions_covered": 1,
        }

    def test_counts_a_source_once_that_several_modules_hold(self) -> None:
        one = module(method(point(3, 0), branch(3, 0)))
        other = module(
            method(point(3, 1, 7), branch(3, 1, file=7), file='<FileRef uid="7"/>'),
            files='<File uid="7" fullPath="c:/x/../a.cs"/><File uid="8" fullPath="C:/a.cs"/>',
        ).replace("c:/x/../a.cs", "C:/x/../a.cs")
        measured = counts(report(one, other, lines="1/2", branches="1/2"))
        assert (measured["files"], measured["lines_total"], measured["lines_covered"]) == (1, 1, 1)
        assert (measured["branches_total"], measured["functions_total"]) == (1, 1)

    def test_reads_points_of_old_versions_by_their_method(self) -> None:
        text = report(
            module(method(point(3, 1, None), branch(None, 1, file=None), branch(None, 0, 1, file=None)))
        )
        reading = measure(READER, text)
        assert reading.measures["coverage.branches_total"] == 2
        lines = reading.lines.get()
        assert lines is not None and lines.files["C:/a.cs"].branches[3][:2] == (1, 2)

    def test_lines_of_no_source_do_not_count(self) -> None:
        measured = counts(report(module(method(point(16707566, 1), point(3, 0), branch(16707566, 1)))))
        assert (measured["lines_total"], measured["branches_total"]) == (1, 1)

    def test_points_of_no_file_count_beside_the_files(self) -> None:
        points = point(3, 1, 0), point(4, 0, None), branch(3, 1, file=0)
        reading = measure(READER, report(module(method(*points, file=""))))
        assert reading.measures["coverage.lines_total"] == 2
        assert reading.measures["coverage.branches_total"] == 1
        lines = reading.lines.get()
        assert lines is not None and lines.unlisted == {"lines": (1, 2), "branches": (1, 1)}

    def test_methods_without_points_do_not_count(self) -> None:
        measured = counts(report(module(method(point(1, 1)), method(name="System.Void A::G()"))))
        assert measured["functions_total"] == 1

    def test_modules_that_were_left_out_do_not_matter(self) -> None:
        skipped = "<Module skippedDueTo='Filter' hash='2'><FullName>x.dll</FullName><Classes/></Module>"
        assert counts(report(skipped, module(method(point(1, 1)))))["files"] == 1

    def test_cuts_long_names(self) -> None:
        assert counts(report(module(method(point(1, 1), name="F" * 200_000))))["functions_total"] == 1

    def test_are_not_joined_beyond_the_limit(self) -> None:
        text = report(module(method(point(999, 1))))
        assert measure(READER, text, Limits(max_lines=99)).lines.get() is None


class TestWhatCannotBeBelieved:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (report(), "lists no sequence point"),
            (report(module()), "lists no sequence point"),
            (report(module(), lines="3/4"), "declares 4 sequence points but lists none"),
            (report(module(method(point(1, 1))), lines="1/2"), "points are missing"),
            (report(module(method(point(1, 1), point(2, 1))), lines="1/1"), "it was edited or is damaged"),
            (report(module(method(point(1, 1))), lines="0/1"), "it was edited or is damaged"),
            (report(module(method(point(1, 0))), lines="1/1"), "it was edited or is damaged"),
            (report(module(method(point(1, 1))), lines="2/1"), "it was edited or is damaged"),
            (
                report(module(method(point(1, 1), branch(1, 1))), branches="1/3"),
                "1 visited of 3 branch points",
            ),
            (
                report(module(method(point(1, 1), branch(1, 1))), branches="0/1"),
                "it was edited or is damaged",
            ),
        ],
    )
    def test_did_not_run(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")

    def test_is_not_that_opencover_counts_one_branch_more_of_a_method(self) -> None:
        assert measure(READER, report(module(method(point(1, 1))), branches="1/1")).ran
        assert measure(READER, report(module(method(point(1, 1), branch(1, 1))), branches="2/2")).ran


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", "The report is empty"),
            (report(module(method(point(1, 1))))[:-20], "ends before it is complete"),
            ("<coverage/>", "the root element is <coverage>"),
            (report(module(files="<File uid='1'/>")), "a <File> without uid or fullPath"),
            (report(module(point(1, 1))), "a <SequencePoint> outside a <Method>"),
            (report(module(branch(1, 1))), "a <BranchPoint> outside a <Method>"),
            (report(module(method(point(1, 1, 5)))), "the file '5' is none of the module's"),
            (report(module(method(point(1, 1), file='<FileRef uid="4"/>'))), "the file '4' is none"),
            (report(module(method(point(0, 1)))), "there is no line 0"),
            (report(module(method(point("", 1)))), "sl of a <SequencePoint> is ''"),
            (report(module(method(point(1, -1)))), "vc of a <SequencePoint> is negative"),
            (report(module(method(point(1, 2**62)))), "more than anything that was ever counted"),
            (report(module(method(branch(1, "x")))), "vc of a <BranchPoint> is 'x'"),
            (report(module(method(branch("x", 1)))), "sl of a <BranchPoint> is 'x'"),
            (report(module(method(point(1, 1))), lines="x/1"), "visitedSequencePoints is 'x'"),
        ],
    )
    def test_says_where_and_what_is_wrong(self, text: str, what: str) -> None:
        assert what in refusal(READER, text)

    def test_holds_to_its_limits(self) -> None:
        text = report(module(method(point(1, 1))))
        assert "elements nested deeper than 5 levels" in refusal(READER, text, Limits(max_depth=5))


class TestSniffing:
    def test_claims_its_root(self) -> None:
        assert recognises(READER, report())
        assert recognises(READER, '<?xml version="1.0"?>\n<CoverageSession xmlns:xsi="x">')

    @pytest.mark.parametrize("text", ["<coverage/>", "<CoverageDSPriv/>", "CoverageSession", "{}"])
    def test_leaves_other_formats_alone(self, text: str) -> None:
        assert not recognises(READER, text)

    def test_declares_every_measure_that_it_gives(self) -> None:
        whole = report(module(method(point(1, 1))))
        assert set(measure(READER, whole).measures) == set(READER.follows) <= set(BY_NAME)
