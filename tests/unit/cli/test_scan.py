"""Tests of `tidegate scan`: what is shown, what is sent, and the exit code."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.fakes.scripted_server import ScriptedReply, scripted_server
from tests.unit.cli.workspace import Workspace
from tests.unit.repositories.test_scan import commit
from tidegate.repositories import fetching

TOLD = {"changes": [{}, {}], "confirmed": 1, "too_late": 0}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A clone whose health check cannot fail."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return commit(folder, Dockerfile="FROM debian:12\nUSER app\nHEALTHCHECK CMD true\n")


class TestScan:
    def test_shows_facts_and_findings_with_their_places(self, workspace: Workspace, shop: Path) -> None:
        result = workspace.run("scan", str(shop))
        assert result.exit_code == 1
        assert "  image.user = app (Dockerfile:2)\n" in result.stdout
        assert "Dockerfile:3: The health check `true` ends with 0" in result.stdout

    def test_of_which_nothing_is_wrong_is_0(self, workspace: Workspace, shop: Path) -> None:
        commit(shop, Dockerfile="FROM debian:12\n")
        assert workspace.run("scan", str(shop)).exit_code == 0

    def test_is_a_document_for_other_tools(self, workspace: Workspace, shop: Path) -> None:
        found = json.loads(workspace.run("scan", str(shop), "--output", "json").stdout)
        assert found["findings"][0]["rule"] == "health-check-cannot-fail"
        assert {"field": "image.base", "value": "debian:12", "path": "Dockerfile", "line": 1} in found[
            "facts"
        ]

    def test_sends_its_facts_as_observed_of_the_component(self, workspace: Workspace, shop: Path) -> None:
        with scripted_server(lambda asked: ScriptedReply(TOLD)) as server:
            result = workspace.run("scan", str(shop), "--send", "--component", "shop", "--server", server.url)
        assert result.exit_code == 1
        assert "shop: 2 facts changed, 1 confirmed" in result.stderr
        (sent,) = server.asked
        body = json.loads(sent.body)
        assert sent.path == "/api/v1/components/shop/facts/observed"
        facts = body["facts"]
        assert (facts["image.base"], facts["findings.health-check-cannot-fail"]) == ("debian:12", 1)
        assert facts["findings.lock-ignored"] == 0
        assert body["label"].startswith("scan of ")

    def test_has_to_know_the_component_to_send(self, workspace: Workspace, shop: Path) -> None:
        result = workspace.run("scan", str(shop), "--send")
        assert (result.exit_code, "--component C" in result.stderr) == (2, True)

    def test_of_what_is_no_repository_is_2(self, workspace: Workspace, tmp_path: Path) -> None:
        result = workspace.run("scan", str(tmp_path))
        assert result.exit_code == 2
        assert "git repository with a commit" in result.stderr

    def test_of_an_address_scans_what_was_fetched(
        self, workspace: Workspace, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[str, str | None]] = []

        def fetched(url: str, token: str | None) -> AbstractContextManager[Path]:
            asked.append((url, token))
            return nullcontext(shop)

        monkeypatch.setattr(fetching, "fetched", fetched)
        monkeypatch.setenv("TIDEGATE_REPOSITORY_TOKEN", "secret")
        assert workspace.run("scan", "https://git.example.org/shop.git").exit_code == 1
        assert asked == [("https://git.example.org/shop.git", "secret")]

    def test_of_an_address_that_is_not_safe_is_2(self, workspace: Workspace) -> None:
        result = workspace.run("scan", "http://git.example.org/shop.git")
        assert (result.exit_code, "only https://" in result.stderr) == (2, True)
