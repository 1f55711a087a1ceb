"""The pages of imports, on both databases: a file looked at, applied, and taken back after a later edit."""

from __future__ import annotations

import io
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.integration.console.test_gate_forms import read
from tests.integration.console.test_pages import PAYLOAD, parsed
from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http import streams

_PAGE = "/inventory/imports"
_TABLE = b"component,environment,version,zone\nharbour,production,1.10,north\n"
_DECLARED = "/components/harbour/facts/declared?environment=production"


@pytest.fixture
def manager(api: Api) -> Api:
    """An API with a component and an environment, whose caller is a release manager's browser."""
    prepare(api)
    return api


def prepare(api: Api) -> None:
    api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    api.put("/environments/production", {"rank": 1})
    sign_in(api.client, api.database.engine, "mia", api.clock.now(), role=Role.RELEASE_MANAGER)


def upload(api: Api, content: bytes, name: str = "estate.csv") -> TestResponse:
    fields = next(fields for to, fields in forms_of(api.client.get(_PAGE, headers=BROWSER)) if to == _PAGE)
    data: dict[str, Any] = {**fields, "workbook": (io.BytesIO(content), name)}
    return api.client.post(_PAGE, data=data, headers=BROWSER)


def uploaded(api: Api, content: bytes = _TABLE) -> str:
    sent = upload(api, content)
    assert sent.status_code == 303, sent.text
    return sent.headers["Location"]


def shown(api: Api, path: str) -> str:
    answer = api.client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    parsed(answer)
    return read(answer.text)


def value_of(api: Api, field: str) -> object:
    facts = api.get("/components/harbour/facts?environment=production&side=declared").get_json()["items"]
    return next((one["value"] for one in facts if one["field"] == field), None)


class TestUpload:
    def test_shows_what_it_would_change_and_declares_nothing(self, manager: Api) -> None:
        text = shown(manager, uploaded(manager))
        assert "2 facts added" in text and "Nothing is declared yet" in text and "1.10" in text
        assert value_of(manager, "version") is None

    def test_names_every_bad_cell_and_offers_no_way_to_apply(self, manager: Api) -> None:
        table = b"component,environment,version\nharbour,nowhere,1\nunknown,production,2\n"
        address = uploaded(manager, table)
        text = shown(manager, address)
        assert "B2" in text and "A3" in text and "these 2 cells are corrected" in text
        assert not [to for to, _ in forms_of(manager.client.get(address, headers=BROWSER)) if "/apply" in to]

    def test_says_where_a_file_is_no_workbook(self, manager: Api) -> None:
        sent = upload(manager, b"%PDF-1.7", "estate.xlsx")
        assert sent.status_code == 422 and "The file is a PDF" in read(sent.text)

    def test_asks_for_a_file_where_none_was_chosen(self, manager: Api) -> None:
        sent = fill_in(manager.client, _PAGE)
        assert sent.status_code == 422 and "Choose a file." in read(sent.text)

    def test_asks_for_a_file_where_a_text_was_sent(self, manager: Api) -> None:
        sent = fill_in(manager.client, _PAGE, workbook="estate.csv")
        assert sent.status_code == 422 and "Choose a file." in read(sent.text)

    def test_arrives_beside_the_data(self, manager: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
        monkeypatch.setattr(streams, "_IN_MEMORY", 1)
        assert upload(manager, _TABLE).status_code == 303

    def test_is_not_received_from_who_may_declare_nothing(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", MAX_JSON_BYTES="2000", WORKBOOK_MAX_BYTES="40000")
        sign_in(api.client, api.database.engine, "vera", api.clock.now(), role=Role.VIEWER)
        assert api.client.post(_PAGE, data=b"x" * 9_000, headers=BROWSER).status_code == 403

    def test_may_be_larger_than_any_other_form(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", MAX_JSON_BYTES="2000", WORKBOOK_MAX_BYTES="40000")
        prepare(api)
        row = b"harbour,production,1.10,%s\n" % (b"n" * 900)
        assert upload(api, b"component,environment,version,zone\n" + row * 20).status_code == 303

    def test_has_a_limit(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", MAX_JSON_BYTES="2000", WORKBOOK_MAX_BYTES="2000")
        prepare(api)
        assert upload(api, b"n" * 90_000).status_code == 413

    def test_shows_what_a_stranger_wrote_as_text(self, manager: Api) -> None:
        quoted = PAYLOAD.replace('"', '""')
        address = uploaded(manager, f'component,environment,zone\nharbour,production,"{quoted}"\n'.encode())
        assert PAYLOAD in shown(manager, address)

    def test_can_be_downloaded_as_it_was(self, manager: Api) -> None:
        answer = manager.client.get(f"{uploaded(manager)}/content", headers=BROWSER)
        assert answer.data == _TABLE and "attachment" in answer.headers["Content-Disposition"]

    def test_may_be_a_declaration_in_yaml(self, manager: Api) -> None:
        text = "component: harbour\nenvironments:\n  production:\n    version: 1.10\n    port: 443\n"
        sent = upload(manager, text.encode(), "tidegate.yml")
        assert sent.status_code == 303
        assert "2 facts added" in shown(manager, sent.headers["Location"])


class TestList:
    def test_says_how_to_begin(self, manager: Api) -> None:
        assert "Nothing was imported yet." in shown(manager, _PAGE)

    def test_names_who_uploaded_and_how_far_it_has_come(self, manager: Api) -> None:
        uploaded(manager)
        text = shown(manager, _PAGE)
        assert "estate.csv" in text and "previewed" in text and "person:mia" in text

    @pytest.mark.parametrize("path", ["template", "export?format=csv", "export?format=odd"])
    def test_leads_to_workbooks(self, manager: Api, path: str) -> None:
        answer = manager.client.get(f"/inventory/{path}", headers=BROWSER)
        assert answer.status_code == 200
        assert answer.data.startswith(b"\xef\xbb\xbfcomponent" if "csv" in path else b"PK")


class TestApply:
    def test_declares_once_its_reader_has_consented(self, manager: Api) -> None:
        address = uploaded(manager)
        sent = fill_in(manager.client, address, f"{address}/apply", confirm="y")
        assert sent.status_code == 303
        assert "applied" in shown(manager, address)
        assert value_of(manager, "version") == "1.10"

    def test_is_not_done_without_the_consent(self, manager: Api) -> None:
        address = uploaded(manager)
        sent = fill_in(manager.client, address, f"{address}/apply")
        assert sent.status_code == 422 and "Say that you have looked." in read(sent.text)
        assert value_of(manager, "version") is None

    def test_says_where_something_has_changed_since(self, manager: Api) -> None:
        address = uploaded(manager)
        manager.post(_DECLARED, {"facts": {"version": "2.0"}})
        sent = fill_in(manager.client, address, f"{address}/apply", confirm="y")
        assert sent.status_code == 409 and "harbour/production:version is '2.0' now" in read(sent.text)

    def test_again_finds_nothing_to_do(self, manager: Api) -> None:
        address = uploaded(manager)
        fill_in(manager.client, address, f"{address}/apply", confirm="y")
        again = uploaded(manager, _TABLE + b"\n")
        assert "there is nothing to apply" in shown(manager, again)


class TestUndo:
    @pytest.fixture
    def applied(self, manager: Api) -> str:
        """Return the address of an import that was applied."""
        address = uploaded(manager)
        fill_in(manager.client, address, f"{address}/apply", confirm="y")
        manager.clock.advance(timedelta(minutes=1))
        return address

    def test_gives_every_field_back(self, manager: Api, applied: str) -> None:
        assert fill_in(manager.client, applied, f"{applied}/undo", confirm="y").status_code == 303
        assert "undone" in shown(manager, applied)
        assert value_of(manager, "version") is None

    def test_shows_later_edits_with_all_three_values(self, manager: Api, applied: str) -> None:
        self._edited_and_undone(manager, applied)
        text = shown(manager, applied)
        assert "One field was changed after the import" in text
        assert all(one in text for one in ("nothing", "1.10", "2.0", "Take back too"))
        assert value_of(manager, "version") == "2.0"

    def test_takes_a_later_edit_back_where_it_is_asked_to(self, manager: Api, applied: str) -> None:
        self._edited_and_undone(manager, applied)
        name = "harbour/production:version"
        assert fill_in(manager.client, applied, f"{applied}/undo", overwrite=name).status_code == 303
        assert value_of(manager, "version") is None

    def _edited_and_undone(self, manager: Api, applied: str) -> None:
        manager.post(_DECLARED, {"facts": {"version": "2.0"}})
        manager.clock.advance(timedelta(minutes=1))
        fill_in(manager.client, applied, f"{applied}/undo", confirm="y")
