"""`make manifests` passes on what is here and goes red on what it is there to stop."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.outcome import NOT_RUN
from tests.integration.quality.tools import ROOT, configured, machine, make, write

WEB = "deploy/kubernetes/web.yaml"
ALERTS = "deploy/prometheus/alerts.yml"
UNIT = "deploy/systemd/tidegate-web.service"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what is here."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    configured(tmp_path)
    for name in ("check_manifests.sh", "dashboard.schema.json"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    return tmp_path


@pytest.mark.requirement("S1-16")
@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 2)])
def test_pass_and_say_what_the_machine_cannot_check(
    folder: Path, monkeypatch: pytest.MonkeyPatch, required: str, code: int
) -> None:
    machine(folder, monkeypatch)
    monkeypatch.setenv("REQUIRE_MANIFESTS", required)
    done = make("manifests", folder=folder)
    assert (done.returncode, done.stdout.count(f"{NOT_RUN}manifests: ")) == (code, 2), (
        done.stdout + done.stderr
    )


@pytest.mark.requirement("S2-24")
@pytest.mark.requirement("S1-22")
@pytest.mark.parametrize(
    ("tool", "file", "old", "new", "message"),
    [
        ("", WEB, "replicas: 2", "replicas: two", "kubernetes/web.yaml"),
        ("", WEB, "readinessProbe", "readyProbe", "kubernetes/web.yaml"),
        ("", "deploy/grafana/tidegate.json", '"targets"', '"target"', "'targets' is a required property"),
        ("promtool", ALERTS, "> 900", "> 90000", "FAILED"),
        ("promtool", ALERTS, "sum(rate(", "sum(rate((", "could not parse expression"),
        ("systemd-analyze", UNIT, "Type=notify", "Type=sometimes", "sometimes"),
        ("systemd-analyze", UNIT, "# Nothing can be written", "[X-Left-Out]\n#", "exposure level"),
    ],
)
def test_go_red(folder: Path, tool: str, file: str, old: str, new: str, message: str) -> None:
    if tool and shutil.which(tool) is None:
        pytest.skip(f"{NOT_RUN}{tool} is not on this machine")
    text = (folder / file).read_text("utf-8")
    assert old in text
    # systemd reads nothing below a section whose name starts with `X-`.
    write(folder, {file: text.replace(old, new)})
    done = make("manifests", folder=folder)
    printed = done.stdout + done.stderr
    assert (done.returncode, message in printed) == (2, True), printed


def test_that_are_not_there_go_red(folder: Path) -> None:
    shutil.rmtree(folder / "deploy/kubernetes")
    assert make("manifests", folder=folder).returncode == 2
