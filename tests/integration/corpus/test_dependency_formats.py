"""Every real report of a scanner of packages: what the manifest expects, what a recount gives, or a"
" reason."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.integration.corpus import grype as grype_corpus
from tests.integration.corpus import npm_audit as npm_audit_corpus
from tests.integration.corpus import owasp_dc_json as json_corpus
from tests.integration.corpus import owasp_dc_xml as xml_corpus
from tests.integration.corpus import trivy as trivy_corpus
from tests.integration.corpus.dependency_rows import as_counted
from tests.integration.corpus.json_rows import EVIDENCE, fields, read, rows
from tests.support.reading import READERS
from tidegate.readers.base import Reader, Reading, Source, Unreadable
from tidegate.readers.supply_chain import (
    dependency_check_json,
    dependency_check_xml,
    grype,
    npm_audit,
    trivy,
)

_CHECKED = {
    "findings.total": "findings",
    "findings.suppressed": "suppressed",
    "dependencies.total": "dependencies",
    "dependencies.vulnerable": "vulnerable",
}


def check(corpus: ModuleType, reader: Reader, row: dict[str, str]) -> Reading | Unreadable:
    """Read a file, compare it with the manifest, and hold every difference to its written reason."""
    got = read(reader, row)
    assert corpus.agreement(row, got) is (row["path"] not in corpus.DIFFERS), (row["expected"], got)
    claimed = [each.format for each in READERS if each.sniff(Source.of_path(EVIDENCE / row["path"]))]
    assert claimed == ([] if isinstance(got, Unreadable) else [reader.format])
    return got


@pytest.mark.parametrize("row", rows("trivy"))
def test_trivy(row: dict[str, str]) -> None:
    got = check(trivy_corpus, trivy.READER, row)
    counted = fields(row["recount"])
    if isinstance(got, Unreadable):
        assert ("cluster" if counted["schema"] == "k8s" else "expected `object`") in str(got)
    elif "licenses" in counted:
        assert not got.ran and "nothing but license" in (got.why_not or "")
    else:
        listed = sum(int(counted[name]) for name in ("vulnerabilities", "misconfigurations", "secrets"))
        assert got.ran and got.measures["findings.total"] == listed


@pytest.mark.parametrize("row", rows("grype"))
def test_grype(row: dict[str, str]) -> None:
    got = check(grype_corpus, grype.READER, row)
    assert isinstance(got, Reading) and got.ran is (row["path"] not in grype_corpus.NOT_RUN)
    assert grype_corpus.NOT_RUN.get(row["path"], "") in (got.why_not or "")
    names = {"total": "findings", "suppressed": "ignored", "unrated": "Unknown"}
    assert as_counted(row, got, {f"findings.{ours}": theirs for ours, theirs in names.items()})


@pytest.mark.parametrize("row", rows("npm-audit"))
def test_npm_audit(row: dict[str, str]) -> None:
    got = check(npm_audit_corpus, npm_audit.READER, row)
    counted = fields(row["recount"])
    assert isinstance(got, Reading)
    listed = counted.get("vulnerable_packages", counted.get("advisories"))
    assert got.measures["findings.total"] == int(listed or "")


@pytest.mark.parametrize("row", rows("owasp-dc-json"))
def test_dependency_check_json(row: dict[str, str]) -> None:
    got = check(json_corpus, dependency_check_json.READER, row)
    assert isinstance(got, Reading) and as_counted(row, got, _CHECKED)


@pytest.mark.parametrize("row", rows("owasp-dc-xml"))
def test_dependency_check_xml(row: dict[str, str]) -> None:
    got = check(xml_corpus, dependency_check_xml.READER, row)
    assert isinstance(got, Reading) and as_counted(row, got, _CHECKED)
    assert got.ran is ("dc_empty" not in row["path"])
