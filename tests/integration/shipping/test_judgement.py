"""Who says that a commit may ship: a real server, and the reports at hand when it is down."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.release.create import main
from scripts.release.judgement import ReleaseJudge
from scripts.serve import free_port, running
from tests.support.checkout import ROOT, Checkout
from tidegate.cli.client import Server
from tidegate.domain.gate_yaml import read_yaml

pytestmark = pytest.mark.requirement("S3-16")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with the gates of this repository, and a component `tidegate`."""
    with running() as url:
        api = Server(url)
        for name in ("floor", "production"):
            api.send(
                "PUT", "gates", name, document=read_yaml((ROOT / "gates" / f"{name}.yml").read_text()).value
            )
        api.send("PUT", "components", "tidegate", document={"title": "Tidegate", "owner": "gates"})
        api.send("PUT", "environments", "production", document={"rank": 3, "gate": "production"})
        yield url


@pytest.fixture
def ready(releasable: Checkout, good_reports: Path) -> Checkout:
    """A checkout with a commit that no other test has, and reports that pass."""
    releasable.commit(str(releasable.folder))
    releasable.take_reports(good_reports)
    return releasable


def submit(url: str, where: Checkout) -> None:
    """Send the checkout's reports to the server, as the refusal advises."""
    command = [sys.executable, "-m", "tidegate", "submit", "--server", url, "--component", "tidegate"]
    command += ["--revision", where.head, "--environment", "production", ".reports"]
    subprocess.run(command, cwd=where.folder, check=False, capture_output=True, timeout=60)


def release(where: Checkout, url: str) -> int:
    """Try a release, dry."""
    return main(("1.0.0", "--dry-run", "--server", url), where.folder)


class TestServer:
    def test_lets_through_what_passes(
        self, server: str, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submit(server, ready)
        assert release(ready, server) == 0
        assert f"{server} says pass (verdict " in capsys.readouterr().out

    def test_learns_of_the_release_and_says_what_comes_next(
        self, server: str, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submit(server, ready)
        assert main(("1.0.0", "--yes", "--server", server), ready.folder) == 0
        said = capsys.readouterr().out
        assert f"{server} knows of the release 1.0.0." in said
        assert "Watch it:" in said and "git push origin :refs/tags/prod/v1.0.0" in said
        known = Server(server).get("components", "tidegate", "releases", "1.0.0")
        assert known["revision"] == ready.head

    def test_that_refuses_the_release_is_told_with_the_way_to_repeat(
        self, server: str, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        # The server has a 1.0.0 of another commit, from the test before; the remote here has none.
        submit(server, ready)
        assert main(("1.0.0", "--yes", "--server", server), ready.folder) == 0
        said = capsys.readouterr().err
        assert f"{server} does not know of the release" in said
        assert f"tidegate release create 1.0.0 --server {server}" in said

    def test_is_named_by_the_environment_as_well(
        self,
        server: str,
        ready: Checkout,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        submit(server, ready)
        monkeypatch.setenv("TIDEGATE_URL", server)
        assert main(("1.0.0", "--dry-run"), ready.folder) == 0
        assert f"{server} says pass" in capsys.readouterr().out

    def test_refuses_what_does_not_and_names_the_rules(
        self, server: str, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (ready.folder / ".reports" / "coverage.xml").unlink()
        submit(server, ready)
        assert release(ready, server) == 1
        said = capsys.readouterr().err
        assert "The gate production is closed (missing):" in said
        assert "coverage: There is no evidence of coverage." in said

    def test_that_knows_nothing_of_the_commit_lets_nothing_through(
        self, server: str, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        # The reports here would pass: what a server is asked, it decides.
        assert release(ready, server) == 1
        said = capsys.readouterr().err
        assert f"tidegate submit --server {server} --component tidegate --revision {ready.head}" in said

    def test_must_be_a_url(self, ready: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
        assert release(ready, "localhost") == 1
        assert "--server http://host:port" in capsys.readouterr().err


class TestWithoutServer:
    def judge(self, where: Checkout, url: str | None = None) -> tuple[str, list[str]]:
        """ReleaseJudge the reports; returns the refusal, empty if there is none, and what was said."""
        said: list[str] = []
        refusal = ReleaseJudge(where.folder, where.folder / ".reports", url, said.append).refusal(where.head)
        return str(refusal or ""), said

    def test_that_is_down_the_reports_decide_and_it_is_said(self, ready: Checkout) -> None:
        refusal, said = self.judge(ready, f"http://127.0.0.1:{free_port()}")
        assert refusal == ""
        assert "does not answer" in said[0]
        assert "no server records this verdict" in said[1]

    def test_reports_that_fail_are_refused(self, ready: Checkout) -> None:
        (ready.folder / ".reports" / "mypy.txt").unlink()
        refusal, _ = self.judge(ready)
        assert "does not let the reports" in refusal
        assert "make evidence" in refusal

    def test_reports_of_other_sources_are_refused(self, ready: Checkout) -> None:
        ready.write(CHANGELOG_md="# Other\n")
        ready.commit()
        refusal, said = self.judge(ready)
        assert "These reports are not of the sources here" in refusal
        assert said == ["No server is named (--server, TIDEGATE_URL): the reports here are judged."]
