"""Every file of the JSON formats in the evidence: the expected measures, or a refusal that is named."""

from __future__ import annotations

import time
from types import ModuleType

import msgspec
import pytest

from tests.integration.corpus import bandit as bandit_corpus
from tests.integration.corpus import coveragepy_json as coveragepy_corpus
from tests.integration.corpus import cyclonedx_json as cyclonedx_corpus
from tests.integration.corpus import pathological_json
from tests.integration.corpus import pip_audit as pip_audit_corpus
from tests.integration.corpus import safety as safety_corpus
from tests.integration.corpus import sarif as sarif_corpus
from tests.integration.corpus.json_rows import EVIDENCE, fields, read, rows
from tests.support.reading import READERS
from tidegate.readers.base import Limits, Reader, Reading, Source, Unreadable
from tidegate.readers.coverage import coveragepy
from tidegate.readers.findings import bandit, sarif
from tidegate.readers.jsons import load
from tidegate.readers.supply_chain import cyclonedx, pip_audit, safety


def check(corpus: ModuleType, reader: Reader, row: dict[str, str]) -> Reading | Unreadable:
    """Read a file, compare it with the manifest, and hold every difference to its written reason."""
    got = read(reader, row)
    assert corpus.agreement(row, got) is (row["path"] not in corpus.DIFFERS), (row["expected"], got)
    if row["path"] != "pip-audit/defectdojo__empty.json":  # `[]`: several tools write that
        claimed = [each.format for each in READERS if each.sniff(Source.of_path(EVIDENCE / row["path"]))]
        assert claimed == [reader.format]
    return got


@pytest.mark.parametrize("row", rows("sarif"))
def test_sarif(row: dict[str, str]) -> None:
    got = check(sarif_corpus, sarif.READER, row)
    if isinstance(got, Unreadable):
        assert row["path"] == "sarif/github-codeql-action__invalid-sarif.sarif"
        assert "`$.runs[0].results`" in str(got)
        return
    assert got.ran is (row["path"] not in sarif_corpus.NOT_RUN)
    assert sarif_corpus.NOT_RUN.get(row["path"], "") in (got.why_not or "")


@pytest.mark.parametrize(
    ("path", "total", "suppressed"),
    [
        ("sarif/defectdojo__SuppressionTestCurrent.sarif", 1, 3),
        ("sarif/defectdojo__appendix_k.sarif", 0, 1),
        ("sarif/defectdojo__mobsfscan.json", 9, 0),
        ("sarif/jenkinsci-analysis-model__security-scan.sarif", 64, 0),
        ("sarif/ericsson-codechecker__Baseline.sarif", 3, 0),
        ("sarif/ericsson-codechecker__Suppressions.sarif", 6, 3),
    ],
)
def test_sarif_where_we_differ(path: str, total: int, suppressed: int) -> None:
    if not (EVIDENCE / path).is_file():
        pytest.skip(f"the evidence folder is missing: {EVIDENCE} (TIDEGATE_EVIDENCE)")
    got = read(sarif.READER, {"path": path})
    assert isinstance(got, Reading)
    assert (got.measures["findings.total"], got.measures["findings.suppressed"]) == (total, suppressed)


@pytest.mark.parametrize("row", rows("bandit"))
def test_bandit(row: dict[str, str]) -> None:
    check(bandit_corpus, bandit.READER, row)


@pytest.mark.parametrize("row", rows("safety"))
def test_safety(row: dict[str, str]) -> None:
    got = check(safety_corpus, safety.READER, row)
    if "danieleschmidt" in row["path"]:
        assert "first 649 characters" in str(got)
    elif "svange" in row["path"]:
        assert isinstance(got, Reading) and not got.ran and "carries an error" in (got.why_not or "")
    elif "pyupio" in row["path"]:
        assert isinstance(got, Reading) and got.ran
        assert (got.measures["findings.total"], got.measures["findings.unrated"]) == (4, 3)


@pytest.mark.parametrize("row", rows("pip-audit"))
def test_pip_audit(row: dict[str, str]) -> None:
    got = check(pip_audit_corpus, pip_audit.READER, row)
    assert isinstance(got, Reading)
    assert got.ran is ("empty" not in row["path"])
    assert got.measures["findings.total"] == int(fields(row["recount"])["findings"])
    assert "findings.medium" not in got.measures


@pytest.mark.parametrize("row", rows("coveragepy-json"))
def test_coveragepy(row: dict[str, str]) -> None:
    got = check(coveragepy_corpus, coveragepy.READER, row)
    if "codeclimate" in row["path"]:
        assert "data file, which only coverage.py may read" in str(got)


REFUSED_BOMS = {
    "component-type-1.4": "`$.components[0].type`",
    "component-type-1.6": "`$.components[0].type`",
    "dependency-1.6": "`$.dependencies[0]`",
    "hash-alg-1.6": "`$.components[0].hashes[0].alg`",
    "serialnumber-1.6": "`$.serialNumber`",
}


@pytest.mark.parametrize("row", rows("cyclonedx-json"))
def test_cyclonedx(row: dict[str, str]) -> None:
    got = check(cyclonedx_corpus, cyclonedx.READER, row)
    name = row["path"].partition("__invalid-")[2].removesuffix(".json")
    assert isinstance(got, Unreadable) is (name in REFUSED_BOMS)
    assert REFUSED_BOMS.get(name, "") in str(got)


@pytest.mark.parametrize("row", rows("pathological-json"))
def test_pathological_json(row: dict[str, str]) -> None:
    name = row["path"].partition("__")[2].removesuffix(".json")
    for reader in READERS:
        began = time.perf_counter()
        got = read(reader, row)
        assert time.perf_counter() - began < 1
        if isinstance(got, Unreadable):
            assert pathological_json.agreement(row, got)
        else:
            assert not got.ran  # an empty or odd object may read, but as a run that did nothing
    assert pathological_json.WORDS[name] in str(read(sarif.READER, row))


@pytest.mark.parametrize("row", rows("pathological-json"))
def test_pathological_json_as_json_alone(row: dict[str, str]) -> None:
    """What must be refused is refused whatever shape is asked for, and what must parse does."""
    source = Source.of_path(EVIDENCE / row["path"])
    try:
        load(source, Limits(), msgspec.Raw, remake="`tool`")
    except Unreadable:
        # The suite asks that a repeated key be read; what it hides could be the findings, so it is refused.
        assert "must parse" not in row["expected"] or "duplicated_key" in row["path"]
    else:
        assert "must be rejected" not in row["expected"]
