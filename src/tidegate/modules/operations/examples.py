"""Examples of what the health endpoints answer, for the docs."""

from __future__ import annotations

from typing import Any, TypeAlias

import tidegate

Document: TypeAlias = "dict[str, Any]"

_TIME = "2026-01-31T12:00:00.000Z"


def _check(kind: str, output: str, *, passed: bool = True) -> list[dict[str, Any]]:
    return [
        {
            "componentType": kind,
            "status": "pass" if passed else "fail",
            "time": _TIME,
            "observedValue": 0.4,
            "observedUnit": "ms",
            "output": output,
        }
    ]


PULSE = {"status": "pass", "timestamp": _TIME}
_HEAD = {"timestamp": _TIME, "version": "1", "releaseId": tidegate.__version__, "serviceId": "tidegate"}
_DATABASE = _check("datastore", "The database answers.")
_SCHEMA = _check("datastore", "The schema is at the newest version.")
_OLD_SCHEMA = _check(
    "datastore", "The schema is not at the newest version: run the migrations.", passed=False
)
READY: Document = {**_HEAD, "status": "pass", "checks": {"database": _DATABASE, "schema": _SCHEMA}}
UNREADY: Document = {**_HEAD, "status": "fail", "checks": {"database": _DATABASE, "schema": _OLD_SCHEMA}}
_OTHERS = {
    "blobs": _check("datastore", "The blob store answers."),
    "disk": _check("system", "40,960 MiB are free where DATA_DIR lies."),
    "modules": _check("system", "All 12 parts of the modules can be built."),
}
HEALTHY: Document = {**READY, "checks": {**READY["checks"], **_OTHERS}}
UNHEALTHY: Document = {**UNREADY, "checks": {**UNREADY["checks"], **_OTHERS}}
STATUS = {
    "service": "tidegate",
    "version": tidegate.__version__,
    "commit": "3f2504e04f8911d39a0c0305e82c3301a1b2c3d4",
    "environment": "production",
    "status": "operational",
    "timestamp": _TIME,
    "modules": ["operations"],
    "flags": {"try-it": True, "verdict-feeds": True, "written-explanations": False},
    "model": {"available": False, "detail": "None is configured: explanations are written by rule."},
}
_METRICS = """\
# HELP tidegate_verdicts_total Verdicts given.
# TYPE tidegate_verdicts_total counter
tidegate_verdicts_total{state="pass"} 41.0
tidegate_verdicts_total{state="fail"} 3.0
"""
_TEXT = {"schema": {"type": "string"}, "example": _METRICS}
METRICS_CONTENT: Document = {
    "text/plain": _TEXT,
    "application/openmetrics-text": {**_TEXT, "example": _METRICS + "# EOF\n"},
}
