"""Components and environments by form, on both databases."""

from __future__ import annotations

import pytest

from tests.integration.console.test_pages import PAYLOAD, parsed, words
from tests.support.api import Api
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tidegate.domain.access import Binding, Role


@pytest.fixture
def manager(api: Api) -> Api:
    """An API with a component, a gate and an environment, whose caller is a release manager's browser."""
    api.set_up()
    sign_in(api.client, api.database.engine, "mia", api.clock.now(), role=Role.RELEASE_MANAGER)
    return api


class TestComponentForm:
    @pytest.mark.requirement("S0-2")
    def test_registers_a_component(self, manager: Api) -> None:
        sent = fill_in(
            manager.client,
            "/register/component",
            component="quay",
            title="Quay",
            owner="land",
            description="Where boats moor.\r\nAll of them.",
        )
        assert (sent.status_code, sent.headers["Location"]) == (303, "/components/quay")
        known = manager.get("/components/quay").get_json()
        assert (known["title"], known["owner"]) == ("Quay", "land")
        assert known["description"] == "Where boats moor.\nAll of them."

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("component", "", "Name is needed."),
            ("component", "Not a name", "cannot name a component"),
            ("title", "", "Title is needed."),
            ("title", "x" * 201, "longer than 200"),
            ("title", "a\x00b", "Holds a control character"),
            ("description", "a\x00b", "Holds a control character other than"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, manager: Api, field: str, value: str, said: str
    ) -> None:
        values = {"component": "quay", "title": "Quay", "owner": "land", field: value}
        sent = fill_in(manager.client, "/register/component", **values)
        assert sent.status_code == 422
        parsed(sent)
        assert f'id="{field}-fault"' in sent.text and 'aria-invalid="true"' in sent.text
        assert said in words(sent.text)
        assert manager.get("/components/quay").status_code == 404

    def test_keeps_what_was_typed_and_runs_none_of_it(self, manager: Api) -> None:
        sent = fill_in(
            manager.client,
            "/register/component",
            component="?",
            title=PAYLOAD,
            owner=PAYLOAD,
            description=PAYLOAD,
        )
        parsed(sent)
        typed = next(fields for action, fields in forms_of(sent) if "owner" in fields)
        assert (typed["title"], typed["description"]) == (PAYLOAD, PAYLOAD)

    def test_refuses_a_name_that_is_taken(self, manager: Api) -> None:
        sent = fill_in(manager.client, "/register/component", component="harbour", title="Mine", owner="me")
        assert sent.status_code == 428
        assert "is there already" in words(sent.text)

    def test_changes_what_is_said(self, manager: Api) -> None:
        sent = fill_in(manager.client, "/components/harbour/edit", title="The harbour")
        assert sent.status_code == 303
        assert manager.get("/components/harbour").get_json()["title"] == "The harbour"

    def test_loses_nothing_where_somebody_else_was_faster(self, manager: Api) -> None:
        path = "/components/harbour/edit"
        fields = next(fields for _, fields in forms_of(manager.client.get(path)) if "owner" in fields)
        fill_in(manager.client, path, title="Theirs")
        late = manager.client.post(path, data={**fields, "title": "Ours"}, headers=BROWSER)
        assert late.status_code == 412
        assert "at version 2, you have read 1" in words(late.text)
        assert "Now it says: Theirs" in words(late.text)
        typed = next(fields for _, fields in forms_of(late) if "owner" in fields)
        assert typed["title"] == "Ours"
        assert manager.client.post(path, data=typed, headers=BROWSER).status_code == 303
        assert manager.get("/components/harbour").get_json()["title"] == "Ours"

    def test_takes_no_form_without_its_token(self, manager: Api) -> None:
        form = {"component": "quay", "title": "Quay", "owner": "land"}
        assert manager.client.post("/register/component", data=form).status_code == 400
        assert manager.get("/components/quay").status_code == 404

    def test_takes_nothing_without_the_version_that_was_read(self, manager: Api) -> None:
        sent = fill_in(manager.client, "/components/harbour/edit", title="Other", version="x")
        assert sent.status_code == 428

    def test_of_one_component_registers_no_other(self, api: Api) -> None:
        api.set_up()
        mine = Binding(Role.RELEASE_MANAGER, component="harbour")
        sign_in(api.client, api.database.engine, "eve", api.clock.now(), mine)
        values = {"component": "quay", "title": "Quay", "owner": "land"}
        assert fill_in(api.client, "/register/component", **values).status_code == 403
        assert fill_in(api.client, "/components/harbour/edit", title="Ours").status_code == 303

    def test_is_linked_for_those_alone_who_may_use_it(self, api: Api) -> None:
        api.set_up()
        sign_in(api.client, api.database.engine, "vera", api.clock.now(), role=Role.VIEWER)
        for path in ("/", "/components/harbour", "/environments"):
            text = api.client.get(path, headers=BROWSER).text
            assert "/edit" not in text and "/register/" not in text, path


class TestEnvironmentForm:
    def test_registers_an_environment_with_its_gate(self, manager: Api) -> None:
        sent = fill_in(
            manager.client, "/register/environment", environment="staging", rank="1", gate="production"
        )
        assert (sent.status_code, sent.headers["Location"]) == (303, "/environments")
        known = manager.get("/environments/staging").get_json()
        assert (known["rank"], known["gate"]) == (1, "production")
        text = words(manager.client.get("/environments", headers=BROWSER).text)
        assert "staging 1 production" in text

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("rank", "", "A rank is needed"),
            ("rank", "high", "Not a valid integer"),
            ("rank", "-1", "from 0 to 1,000,000"),
            ("gate", "none-such", "There is no gate named"),
            ("environment", "NO", "cannot name an environment"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, manager: Api, field: str, value: str, said: str
    ) -> None:
        values = {"environment": "staging", "rank": "1", "gate": "", field: value}
        sent = fill_in(manager.client, "/register/environment", **values)
        assert sent.status_code == 422
        assert f'id="{field}-fault"' in sent.text and said in words(sent.text)

    def test_changes_an_environment(self, manager: Api) -> None:
        path = "/environments/production/edit"
        fields = next(fields for _, fields in forms_of(manager.client.get(path)) if "rank" in fields)
        assert fields["gate"] == "production"
        assert fill_in(manager.client, path, gate="").status_code == 303
        assert manager.get("/environments/production").get_json()["gate"] is None
        late = manager.client.post(path, data=fields, headers=BROWSER)
        assert late.status_code == 412
        assert "Now it says: rank 3 , gate none" in words(late.text)

    def test_says_how_to_begin(self, api: Api) -> None:
        sign_in(api.client, api.database.engine, "mia", api.clock.now(), role=Role.RELEASE_MANAGER)
        text = api.client.get("/environments", headers=BROWSER).text
        assert "tidegate environment put production" in text and "/register/environment" in text
