"""The five systems of examples/estates: the product finds every seeded defect, and invents none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests

from scripts import demo, estates
from scripts.demo import Stage
from scripts.estates import Defect, NotProbed, System
from tests.fakes.scripted_server import ScriptedReply, scripted_server
from tidegate.cli.client import Server
from tidegate.repositories.scan import scan

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class TestRepositories:
    @pytest.mark.parametrize("system", estates.systems(), ids=lambda system: system.name)
    def test_have_the_findings_that_were_seeded_where_they_were_and_no_other(
        self, system: System, tmp_path: Path
    ) -> None:
        found = scan(estates.repository_of(system, tmp_path)).findings
        named = sorted(Defect(system.name, str(one.rule), str(one.place)) for one in found)
        wanted = [one for one in estates.seeded() if one.system == system.name and one.in_repository]
        assert named == wanted

    def test_have_what_differs_where_the_list_says(self, tmp_path: Path) -> None:
        places = {
            (system.name, fact.field): str(fact.place)
            for system in estates.systems()
            for fact in scan(estates.repository_of(system, tmp_path)).facts
        }
        differ = [one for one in estates.seeded() if one.defect.startswith("compose.")]
        assert [places[one.row] for one in differ] == [one.where for one in differ]


class TestDefects:
    def test_are_one_of_every_kind_that_such_systems_have(self) -> None:
        assert {one.defect for one in estates.seeded()} == {
            "health-check-cannot-fail",
            "health-literal",
            "lock-ignored",
            "gate-neutralised",
            "compose.web.volumes",
            "scheduler-per-worker",
            "compose.web.port",
            "version",
        }

    def test_that_no_worker_comes_to_see_are_not_taken_for_found(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(estates, "_PATIENCE", 0.0)
        with scripted_server(lambda asked: ScriptedReply({"items": [], "state": None})) as server:
            with pytest.raises(NotProbed, match="no worker probed api-template within 0 s"):
                estates.wait_until_probed(Server(server.url, token="tdg_m"), estates.systems())


@pytest.fixture(scope="module")
def on() -> Iterator[Stage]:
    with demo.stage() as on:
        yield on


@pytest.fixture(scope="module")
def report(on: Stage) -> str:
    return demo.show_estates(on)


@pytest.mark.drill
class TestDemo:
    def test_has_every_defect_in_the_report_and_nothing_else(self, on: Stage, report: str) -> None:
        named = estates.named_by(Server(on.url, token=on.tokens[demo.MANAGER]), report)
        assert named == sorted(one.row for one in estates.seeded())

    def test_has_every_defect_on_the_page_of_the_report(self, on: Stage, report: str) -> None:
        with requests.Session() as browser:
            form = browser.get(f"{on.url}/sign-in", timeout=30).text
            token = _CSRF.search(form)
            password = on.settings["ADMIN_INITIAL_PASSWORD"]
            signing = {"name": "admin", "password": password, "csrf_token": token[1] if token else ""}
            browser.post(f"{on.url}/sign-in", signing, timeout=30)
            page = unescape(browser.get(f"{on.url}/parity/{report}", timeout=30).text)
        assert [one for one in estates.seeded() if one.row[1] not in page] == []
