"""`make manifests` passes on what is here and goes red on what it is there to stop."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import check_manifests
from tests.integration.quality.tools import ROOT


def nothing(_: str) -> str | None:
    """Find no tool, as on a machine that has none."""
    return None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what is here."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    """Change a file where it says so."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def tool(name: str, why: str) -> str:
    """Return a tool of the machine; without it the test is skipped by name."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"NOT RUN: {why}")
    return found


class TestManifests:
    @pytest.mark.requirement("S1-16")
    def test_pass_and_say_what_the_machine_cannot_check(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert check_manifests.main(folder, nothing) == 0
        printed = capsys.readouterr().out
        assert f"NOT RUN: manifests: {check_manifests.PROMTOOL}" in printed
        assert f"NOT RUN: manifests: {check_manifests.SYSTEMD}" in printed

    def test_that_cannot_be_checked_are_a_failure_where_they_are_required(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUIRE_MANIFESTS", "1")
        assert check_manifests.main(folder, nothing) == 1

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("replicas: 2", "replicas: two"),
            ("readinessProbe", "readyProbe"),
            ("containerPort: 8000", "port: 1"),
        ],
    )
    def test_of_kubernetes_go_red(
        self, folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str
    ) -> None:
        change(folder / "deploy/kubernetes/web.yaml", old, new)
        assert check_manifests.main(folder, nothing) == 1
        assert "kubernetes-validate --strict --no-warn: not clean" in capsys.readouterr().out

    def test_that_are_not_there_go_red(self, folder: Path) -> None:
        shutil.rmtree(folder / "deploy/kubernetes")
        assert check_manifests.main(folder, nothing) == 1

    def test_of_a_dashboard_go_red(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (folder / "deploy/grafana/empty.json").write_text('{"panels": []}')
        assert check_manifests.main(folder, nothing) == 1
        assert "empty.json: not clean" in capsys.readouterr().out


@pytest.mark.requirement("S2-24")
class TestAlerts:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("> 900", "> 90000", "promtool test rules: not clean"),
            ("< 0.95", "< 0.5", "promtool test rules: not clean"),
            ("sum(rate(", "sum(rate((", "promtool check rules: not clean"),
        ],
    )
    def test_pass_and_go_red(
        self, folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
    ) -> None:
        promtool = tool("promtool", check_manifests.PROMTOOL)
        assert check_manifests.prometheus(folder / "deploy", promtool)
        change(folder / "deploy/prometheus/alerts.yml", old, new)
        assert not check_manifests.prometheus(folder / "deploy", promtool)
        assert said in capsys.readouterr().out


@pytest.mark.requirement("S1-22")
class TestUnits:
    @pytest.mark.parametrize(
        ("old", "new"),
        [("Type=notify", "Type=sometimes"), ("ProtectSystem=strict\n", "")],
        ids=["fault", "open"],
    )
    def test_pass_and_go_red(self, folder: Path, old: str, new: str) -> None:
        analyze = tool("systemd-analyze", check_manifests.SYSTEMD)
        assert check_manifests.systemd(folder / "deploy", analyze)
        unit = folder / "deploy/systemd/tidegate-web.service"
        change(unit, old, new)
        if old.startswith("Protect"):
            hardened = unit.read_text("utf-8").partition("# Nothing can be written")[0]
            unit.write_text(hardened, "utf-8")
        assert not check_manifests.systemd(folder / "deploy", analyze)
