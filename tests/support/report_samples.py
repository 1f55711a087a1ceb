"""One small sound report of every format, as a tool would write it; each format's samples read as `ran`."""

from __future__ import annotations

import json
from collections.abc import Mapping

_JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests">
<testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3" time="0.2">
<testcase classname="tests.test_a" name="test_one" time="0.1"/>
<testcase classname="tests.test_a" name="test_two" time="0.1"><failure message="no">assert 0</failure>
</testcase>
<testcase classname="tests.test_a" name="test_three" time="0"><skipped message="later"/></testcase>
</testsuite></testsuites>
"""
_COBERTURA = """<?xml version="1.0" ?>
<coverage version="7.13" lines-valid="3" lines-covered="2" line-rate="0.6667">
<sources><source>/src</source></sources>
<packages><package name="p"><classes><class name="a.py" filename="p/a.py"><methods/><lines>
<line number="1" hits="1"/>
<line number="2" hits="0"/>
<line number="3" hits="4" branch="true" condition-coverage="50% (1/2)"/>
</lines></class></classes></package></packages></coverage>
"""
_JACOCO = """<?xml version="1.0" encoding="UTF-8"?>
<report name="r"><package name="p"><sourcefile name="A.java">
<line nr="1" mi="0" ci="1" mb="0" cb="0"/><counter type="LINE" missed="1" covered="3"/></sourcefile>
<counter type="LINE" missed="1" covered="3"/></package><counter type="LINE" missed="1" covered="3"/></report>
"""
_SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "Scanner", "rules": [{"id": "R1"}]}},
            "results": [{"ruleId": "R1", "level": "error", "message": {"text": "It is wrong."}}],
        }
    ],
}
_BANDIT = {
    "errors": [],
    "generated_at": "2026-01-01T00:00:00Z",
    "metrics": {
        "_totals": {
            "loc": 10,
            "nosec": 0,
            "SEVERITY.HIGH": 0,
            "SEVERITY.MEDIUM": 0,
            "SEVERITY.LOW": 1,
            "SEVERITY.UNDEFINED": 0,
        },
        "./src/app.py": {"loc": 10},
    },
    "results": [
        {
            "test_id": "B101",
            "issue_text": "Use of assert detected.",
            "filename": "./src/app.py",
            "issue_severity": "LOW",
            "issue_confidence": "LOW",
            "line_number": 7,
        }
    ],
}
_SAFETY = {
    "report_meta": {
        "safety_version": "2.3.5",
        "api_key": False,
        "packages_found": 2,
        "vulnerabilities_found": 1,
    },
    "scanned_packages": {"django": {"name": "django"}, "flask": {"name": "flask"}},
    "vulnerabilities": [{"vulnerability_id": "1", "package_name": "django", "ignored": False}],
    "ignored_vulnerabilities": [],
    "remediations": {},
}
_PIP_AUDIT = {
    "dependencies": [
        {"name": "flask", "version": "3.1", "vulns": []},
        {"name": "aiohttp", "version": "3.6.2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.7"]}]},
    ],
    "fixes": [],
}
_COVERAGEPY = {
    "meta": {"version": "7.6", "branch_coverage": False, "format": 2},
    "files": {
        "a.py": {
            "executed_lines": [1, 2, 3],
            "missing_lines": [4],
            "summary": {"covered_lines": 3, "num_statements": 4, "missing_lines": 1},
        }
    },
    "totals": {"covered_lines": 3, "num_statements": 4, "missing_lines": 1},
}
_CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "components": [{"type": "library", "name": "lib", "version": "1", "purl": "pkg:pypi/lib@1"}],
}
_PYLINT_JSON = [
    {
        "type": "warning",
        "module": "a",
        "obj": "",
        "line": 3,
        "column": 0,
        "path": "src/a.py",
        "symbol": "unused-import",
        "message": "Unused import os",
        "message-id": "W0611",
    }
]
_RUFF = [
    {
        "cell": None,
        "code": "F401",
        "end_location": {"column": 10, "row": 1},
        "filename": "/src/a.py",
        "fix": None,
        "location": {"column": 8, "row": 1},
        "message": "`os` imported but unused",
        "noqa_row": 1,
        "url": "https://docs.astral.sh/ruff/rules/unused-import",
    }
]
_MYPY_JSON = "".join(
    json.dumps(
        {
            "file": "a.py",
            "line": line,
            "column": 4,
            "message": f'Name "{name}" is not defined',
            "hint": None,
            "code": "name-defined",
            "severity": "error",
        }
    )
    + "\n"
    for line, name in ((3, "x"), (4, "y"))
)
_LCOV = """TN:
SF:src/a.c
FN:1,main
FNDA:1,main
FNF:1
FNH:1
DA:1,1
DA:2,0
LF:2
LH:1
end_of_record
SF:src/b.c
DA:1,0
LF:1
LH:0
end_of_record
"""
_PYLINT_TEXT = """************* Module a
src/a.py:3:0: W0611: Unused import os (unused-import)

------------------
Your code has been rated at 8.31/10 (previous run: 8.31/10, +0.00)

"""
_MYPY_TEXT = """a.py:3:5: error: Name "x" is not defined  [name-defined]
Found 1 error in 1 file (checked 2 source files)
"""
_FLAKE8 = """./src/a.py:1:1: F401 'os' imported but unused
./src/b.py:2:80: E501 line too long (99 > 79 characters)
"""

SAMPLES: Mapping[str, bytes] = {
    name: (text if isinstance(text, str) else json.dumps(text, indent=1)).encode()
    for name, text in {
        "junit": _JUNIT,
        "cobertura": _COBERTURA,
        "jacoco": _JACOCO,
        "sarif": _SARIF,
        "bandit": _BANDIT,
        "safety": _SAFETY,
        "pip-audit": _PIP_AUDIT,
        "coveragepy": _COVERAGEPY,
        "cyclonedx": _CYCLONEDX,
        "pylint-json": _PYLINT_JSON,
        "ruff-json": _RUFF,
        "mypy-json": _MYPY_JSON,
        "lcov": _LCOV,
        "pylint-text": _PYLINT_TEXT,
        "mypy-text": _MYPY_TEXT,
        "flake8": _FLAKE8,
    }.items()
}
"""By the name of the format."""
