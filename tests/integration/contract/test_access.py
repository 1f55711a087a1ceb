"""Who may do what over HTTP, as a table of its own: every operation, as every role, with every kind of token.

The table below is the specification. An operation that the document has and the table lacks fails, as does
one whose lowest role in the code is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from tests.support.access import headers_of, let_in, other_token
from tests.support.api import Api
from tests.support.stock import Stock
from tidegate.domain.access import Binding, Role
from tidegate.domain.principals import SERVER
from tidegate.domain.tokens import TokenText, write_token
from tidegate.kernel.http.openapi import document, operations
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.identity.service import UserService

PAST = datetime(2020, 1, 1, tzinfo=UTC)
ROLES = ("viewer", "submitter", "release-manager", "administrator")


@dataclass(frozen=True, slots=True)
class Row:
    """An operation's lowest role, and what an administrator of another component alone is answered."""

    role: str
    elsewhere: int


_PUBLIC = Row("", 200)
_PROVES_ITSELF = Row("", 401)  # anybody may try, with a token of another kind
_REFUSED, _HIDDEN, _SHOWN, _DONE, _CONFLICT = 403, 404, 200, 204, 409

# A change is asked for with the version that it is made to, before anybody looks at who asks.
CONDITIONAL = {
    "releases_correct_release_notes",
    "deployments_finish_deployment",
    "parity_change_parity_item",
    "incidents_change_incident",
    "maintenance_change_maintenance_window",
    "channels_change_channel",
}
SPECIFICATION: dict[str, Row] = {
    "operations_health": _PUBLIC,
    "operations_alive": _PUBLIC,
    "operations_ready": _PUBLIC,
    "operations_status": _PUBLIC,
    "operations_metrics": _PUBLIC,
    "identity_show_caller": Row("viewer", _SHOWN),
    # A machine has neither tokens nor sessions of its own.
    "identity_list_own_tokens": Row("viewer", _SHOWN),
    "identity_create_own_token": Row("viewer", _CONFLICT),
    "identity_revoke_own_token": Row("viewer", _CONFLICT),
    "identity_list_own_sessions": Row("viewer", _SHOWN),
    "identity_end_own_session": Row("viewer", _HIDDEN),
    "identity_end_own_sessions": Row("viewer", _DONE),
    "identity_list_users": Row("administrator", _REFUSED),
    "identity_create_user": Row("administrator", _REFUSED),
    "identity_show_user": Row("administrator", _REFUSED),
    "identity_change_user": Row("administrator", _REFUSED),
    "identity_set_password": Row("administrator", _REFUSED),
    "identity_offer_password": Row("administrator", _REFUSED),
    "identity_list_sessions": Row("administrator", _REFUSED),
    "identity_end_session": Row("administrator", _REFUSED),
    "identity_end_sessions": Row("administrator", _REFUSED),
    "identity_list_groups": Row("administrator", _REFUSED),
    "identity_list_members": Row("administrator", _REFUSED),
    "identity_join_group": Row("administrator", _REFUSED),
    "identity_leave_group": Row("administrator", _REFUSED),
    "identity_list_roles": Row("administrator", _REFUSED),
    "identity_grant_role": Row("administrator", _REFUSED),
    "identity_withdraw_role": Row("administrator", _REFUSED),
    "identity_list_tokens": Row("administrator", _REFUSED),
    "identity_create_token": Row("administrator", _REFUSED),
    "identity_show_token": Row("administrator", _REFUSED),
    "identity_rotate_token": Row("administrator", _REFUSED),
    "identity_revoke_token": Row("administrator", _REFUSED),
    "federation_exchange_token": _PROVES_ITSELF,
    "federation_add_publisher": Row("administrator", _REFUSED),
    "federation_list_publishers": Row("administrator", _REFUSED),
    "federation_show_publisher": Row("administrator", _REFUSED),
    "federation_remove_publisher": Row("administrator", _REFUSED),
    "audit_list_events": Row("release-manager", _REFUSED),
    "audit_export_events": Row("release-manager", _REFUSED),
    "audit_verify_events": Row("release-manager", _REFUSED),
    "gates_declare_gate": Row("release-manager", _REFUSED),
    "gates_list_gates": Row("viewer", _SHOWN),
    "gates_show_gate": Row("viewer", _SHOWN),
    "gates_list_gate_versions": Row("viewer", _SHOWN),
    "gates_show_gate_version": Row("viewer", _SHOWN),
    "gates_lint_gate": Row("viewer", _SHOWN),
    "gates_show_gate_schema": Row("viewer", _SHOWN),
    "catalog_list_components": Row("viewer", _SHOWN),  # none of them; see below
    "catalog_show_component": Row("viewer", _REFUSED),
    "catalog_describe_component": Row("release-manager", _REFUSED),
    "catalog_list_environments": Row("viewer", _SHOWN),
    "catalog_show_environment": Row("viewer", _SHOWN),
    "catalog_describe_environment": Row("release-manager", _REFUSED),
    "catalog_list_revisions": Row("viewer", _REFUSED),
    "catalog_show_revision": Row("viewer", _REFUSED),
    "catalog_register_revision": Row("submitter", _REFUSED),
    "evidence_submit_evidence": Row("submitter", _REFUSED),
    "evidence_submit_reports": Row("submitter", _REFUSED),
    "evidence_list_evidence": Row("viewer", _REFUSED),
    "evidence_show_evidence": Row("viewer", _HIDDEN),
    "evidence_list_evidence_items": Row("viewer", _HIDDEN),
    "evidence_download_evidence": Row("viewer", _HIDDEN),
    "verdicts_judge_revision": Row("submitter", _REFUSED),
    "verdicts_list_verdicts": Row("viewer", _SHOWN),  # none of them; see below
    "verdicts_show_verdict": Row("viewer", _HIDDEN),
    "verdicts_replay_verdict": Row("viewer", _HIDDEN),
    "verdicts_show_verdict_inputs": Row("viewer", _HIDDEN),
    "verdicts_try_gate": Row("viewer", _REFUSED),
    "feeds_follow_verdicts": Row("viewer", _SHOWN),  # none of them, as in the list
    "attestations_attest_verdict": Row("viewer", _HIDDEN),
    "attestations_summarize_verdict": Row("viewer", _HIDDEN),
    "attestations_list_keys": _PUBLIC,
    "facts_list_facts": Row("viewer", _REFUSED),
    "facts_declare_facts": Row("release-manager", _REFUSED),
    "facts_observe_facts": Row("submitter", _REFUSED),
    "facts_withdraw_declaration": Row("release-manager", _REFUSED),
    "facts_withdraw_observation": Row("submitter", _REFUSED),
    "facts_list_fact_history": Row("viewer", _REFUSED),
    "probes_list_probes": Row("viewer", _REFUSED),
    "probes_show_history": Row("viewer", _REFUSED),
    "probes_probe_target": Row("submitter", _REFUSED),
    "inventory_list_targets": Row("viewer", _SHOWN),  # none of them, as of components
    "inventory_show_target": Row("viewer", _REFUSED),
    "inventory_describe_target": Row("release-manager", _REFUSED),
    "inventory_remove_target": Row("release-manager", _REFUSED),
    "channels_add_channel": Row("administrator", _REFUSED),
    "channels_list_channels": Row("release-manager", _REFUSED),
    "channels_show_channel": Row("release-manager", _REFUSED),
    "channels_change_channel": Row("administrator", _REFUSED),
    "channels_remove_channel": Row("administrator", _REFUSED),
    "channels_rotate_secret": Row("administrator", _REFUSED),
    "channels_test_channel": Row("administrator", _REFUSED),
    "channels_replay_channel": Row("release-manager", _REFUSED),
    "deliveries_list_deliveries": Row("release-manager", _REFUSED),
    "deliveries_show_delivery": Row("release-manager", _REFUSED),
    "deliveries_replay_delivery": Row("release-manager", _REFUSED),
    "deployments_report_deployment": Row("submitter", _REFUSED),
    "deployments_list_deployments": Row("viewer", _REFUSED),
    "deployments_show_deployment": Row("viewer", _REFUSED),
    "deployments_finish_deployment": Row("submitter", _REFUSED),
    "inventory_export_inventory": Row("viewer", _SHOWN),  # nothing of it
    "inventory_download_template": Row("viewer", _SHOWN),  # without names of components
    "imports_preview_import": Row("release-manager", 201),  # rows of other components are bad rows
    "imports_list_imports": Row("release-manager", _SHOWN),  # one's own
    "imports_show_import": Row("release-manager", _HIDDEN),
    "imports_list_import_changes": Row("release-manager", _HIDDEN),
    "imports_list_import_problems": Row("release-manager", _HIDDEN),
    "imports_list_import_conflicts": Row("release-manager", _HIDDEN),
    "imports_download_import": Row("release-manager", _HIDDEN),
    "imports_apply_import": Row("release-manager", _HIDDEN),
    "imports_undo_import": Row("release-manager", _HIDDEN),
    # Whoever sees no component compares nothing.
    "incidents_list_incidents": Row("viewer", _SHOWN),
    "incidents_show_incident": Row("viewer", _HIDDEN),
    "incidents_change_incident": Row("release-manager", _HIDDEN),
    "maintenance_list_maintenance_windows": Row("viewer", _SHOWN),
    "maintenance_plan_maintenance": Row("release-manager", _REFUSED),
    "maintenance_show_maintenance_window": Row("viewer", _HIDDEN),
    "maintenance_change_maintenance_window": Row("release-manager", _HIDDEN),
    "maintenance_remove_maintenance_window": Row("release-manager", _HIDDEN),
    "objectives_list_objectives": Row("viewer", _REFUSED),
    "objectives_show_objective": Row("viewer", _REFUSED),
    "objectives_declare_objective": Row("release-manager", _REFUSED),
    "objectives_remove_objective": Row("release-manager", _REFUSED),
    "flags_list_flags": Row("viewer", _SHOWN),
    "flags_set_flag": Row("administrator", _REFUSED),
    "flags_unset_flag": Row("administrator", _REFUSED),
    "parity_create_parity_report": Row("viewer", 201),
    "parity_list_parity_reports": Row("viewer", _SHOWN),
    "parity_show_parity_report": Row("viewer", _HIDDEN),
    "parity_list_parity_rows": Row("viewer", _HIDDEN),
    "parity_download_parity_report": Row("viewer", _HIDDEN),
    "parity_handle_parity_row": Row("release-manager", _REFUSED),
    "parity_list_parity_items": Row("viewer", _SHOWN),
    "parity_show_parity_item": Row("viewer", _HIDDEN),
    "parity_change_parity_item": Row("release-manager", _HIDDEN),
    "releases_create_release": Row("release-manager", _REFUSED),
    "releases_list_releases": Row("viewer", _REFUSED),
    "releases_show_release": Row("viewer", _REFUSED),
    "releases_correct_release_notes": Row("release-manager", _REFUSED),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of the document, ready to be asked."""

    operation: str
    method: str
    path: str
    more: dict[str, Any]

    def send(self, client: FlaskClient, headers: dict[str, str]) -> TestResponse:
        """Ask it with these headers; the client's own token is left out."""
        given = {**self.more.get("headers", {}), **headers}
        more = {**self.more, "headers": given}
        if "Authorization" not in headers:
            more["environ_overrides"] = {"HTTP_AUTHORIZATION": ""}
        return client.open(self.path, method=self.method.upper(), **more)


@pytest.fixture
def calls(api: Api, stock: Stock) -> list[Call]:
    """Every operation, with the names of what is there and the examples of the document."""
    return list(_calls(document(api.client.application), stock))


def _calls(found: dict[str, Any], stock: Stock) -> Iterator[Call]:
    for method, path, operation in operations(found):
        more: dict[str, Any] = {}
        if operation["operationId"] == "evidence_submit_evidence":
            more = {"query_string": {"slot": "junit.xml"}, "data": b"", "content_type": "text/xml"}
        elif operation["operationId"] == "evidence_submit_reports":
            body, media_type = encode_multipart_formdata([("report", ("junit.xml", b""))])
            more = {"data": body, "content_type": media_type}
        elif operation["operationId"] == "imports_preview_import":
            more = {"query_string": {"name": "estate.csv"}, "data": b"component\nharbour\n"}
        elif "requestBody" in operation:
            content = operation["requestBody"]["content"]
            more = {"json": content["application/json"]["example"]}
        if operation["operationId"] in CONDITIONAL:
            more["headers"] = {"If-Match": "*"}
        if operation["operationId"] == "verdicts_judge_revision":
            more["json"] = {"environment": stock.environment}
        yield Call(operation["operationId"], method, stock.fill(path), more)


def _token(api: Api, binding: Binding, **more: Any) -> TokenText:
    return let_in(api.database.engine, other_token(), name=f"a-{binding.role}", binding=binding, **more)


class TestDocument:
    def test_has_a_row_in_the_table_for_every_operation(self, calls: list[Call]) -> None:
        assert {call.operation for call in calls} == set(SPECIFICATION)

    def test_says_which_operations_need_a_token(self, api: Api) -> None:
        for _, _, operation in operations(document(api.client.application)):
            public = not SPECIFICATION[operation["operationId"]].role
            assert operation["security"] == ([] if public else [{"bearer": []}]), operation["operationId"]
            assert ({"401", "403"} <= set(operation["responses"])) is not public


class TestEveryOperation:
    @pytest.mark.parametrize("role", ROLES)
    def test_is_open_to_the_roles_of_the_table_alone(self, api: Api, calls: list[Call], role: str) -> None:
        headers = headers_of(_token(api, Binding(Role(role))))

        wrong = {}
        for call in calls:
            status = call.send(api.client, headers).status_code
            if SPECIFICATION[call.operation] is _PROVES_ITSELF:
                assert status in (401, 409)  # no server of the tests knows its own address
                continue
            lowest = SPECIFICATION[call.operation].role
            allowed = not lowest or ROLES.index(role) >= ROLES.index(lowest)
            if status >= 500 or (status not in (401, 403)) is not allowed:
                wrong[call.operation] = status

        assert wrong == {}

    @pytest.mark.parametrize("kind", ["none", "empty", "basic", "malformed", "unknown", "expired", "revoked"])
    def test_is_closed_without_a_token_that_works(self, api: Api, calls: list[Call], kind: str) -> None:
        everything = Binding(Role.ADMINISTRATOR)
        presented: dict[str, dict[str, str]] = {
            "none": {},
            "empty": {"Authorization": "Bearer"},
            "basic": {"Authorization": "Basic YWRtaW46YWRtaW4="},
            "malformed": {"Authorization": "Bearer tdg_letmein"},
            "unknown": headers_of(write_token(2**70, 5)),
            "expired": headers_of(_token(api, everything, expires_at=PAST)),
            "revoked": headers_of(_token(api, everything, revoked_at=PAST)),
        }
        headers = presented[kind]

        wrong = {}
        for call in calls:
            answer = call.send(api.client, headers)
            if not SPECIFICATION[call.operation].role:
                continue
            if answer.status_code != 401 or not answer.headers["WWW-Authenticate"].startswith("Bearer"):
                wrong[call.operation] = answer.status_code

        assert wrong == {}

    def test_tells_another_components_administrator_nothing_of_this_one(
        self, api: Api, calls: list[Call]
    ) -> None:
        headers = headers_of(_token(api, Binding(Role.ADMINISTRATOR, component="shop")))

        found = {
            call.operation: call.send(api.client, headers).status_code
            for call in calls
            if SPECIFICATION[call.operation].role
        }

        assert found == {name: SPECIFICATION[name].elsewhere for name in found}
        assert api.client.get("/api/v1/components", headers=headers).get_json()["items"] == []

    def test_narrows_lists_of_verdicts_to_what_the_caller_may_read(self, api: Api, calls: list[Call]) -> None:
        (listed,) = (call for call in calls if call.operation == "verdicts_list_verdicts")

        def components(*bindings: Binding) -> set[str]:
            token = _token(api, bindings[0])
            return {
                one["verdict"]["subject"]["component"]
                for one in listed.send(api.client, headers_of(token)).get_json()["items"]
            }

        assert components(Binding(Role.VIEWER, component="harbour")) == {"harbour"}
        assert components(Binding(Role.VIEWER, owner="port")) == {"harbour"}
        assert components(Binding(Role.VIEWER, environment="production")) == {"harbour"}
        assert components(Binding(Role.VIEWER, component="quay")) == set()
        assert components(Binding(Role.VIEWER, owner="nobody")) == set()

    def test_is_closed_to_the_right_role_for_another_environment(self, api: Api, calls: list[Call]) -> None:
        limited = Binding(Role.RELEASE_MANAGER, component="harbour", environment="staging")
        headers = headers_of(_token(api, limited))
        asked = {"verdicts_judge_revision", "releases_create_release", "releases_correct_release_notes"}
        asked |= {"deployments_report_deployment", "deployments_finish_deployment"}

        found = {call.operation: call.send(api.client, headers).status_code for call in calls}

        assert {name: found[name] for name in asked} == dict.fromkeys(asked, 403)
        assert found["catalog_show_component"] == 200

    def test_is_open_to_an_owner_for_the_owners_components(self, api: Api, calls: list[Call]) -> None:
        mine = headers_of(_token(api, Binding(Role.VIEWER, owner="port")))
        others = headers_of(_token(api, Binding(Role.VIEWER, owner="quay")))
        (show,) = (call for call in calls if call.operation == "catalog_show_component")

        assert show.send(api.client, mine).status_code == 200
        assert show.send(api.client, others).status_code == 403
        listed = api.client.get("/api/v1/components", headers=mine).get_json()["items"]
        assert [one["name"] for one in listed] == ["harbour"]
        assert api.client.get("/api/v1/components", headers=others).get_json()["items"] == []


class TestComponent:
    def test_is_taken_from_no_other_owner(self, api: Api, stock: Stock) -> None:
        headers = headers_of(_token(api, Binding(Role.RELEASE_MANAGER, owner="quay")))
        taken = {"title": "Harbour", "owner": "quay"}

        refused = api.put("/components/harbour", taken, headers={**headers, "If-Match": "*"})
        made = api.put("/components/crane", {"title": "Crane", "owner": "quay"}, headers=headers)
        given = api.put("/components/mole", {"title": "Mole", "owner": "port"}, headers=headers)

        assert (refused.status_code, made.status_code, given.status_code) == (403, 201, 403)

    def test_gets_another_owner_from_nobody_whose_rights_are_limited(self, api: Api, stock: Stock) -> None:
        given, anew = {"title": "Harbour", "owner": "quay"}, {"If-Match": "*"}
        for limited in (
            Binding(Role.RELEASE_MANAGER, component="harbour", environment="staging"),
            Binding(Role.RELEASE_MANAGER, environment="staging"),
            Binding(Role.RELEASE_MANAGER, component="harbour"),
        ):
            headers = headers_of(_token(api, limited))
            refused = api.put("/components/harbour", given, headers={**headers, **anew})

            assert refused.status_code == 403
            said = refused.get_json()["detail"]
            assert "from 'port' to 'quay'" in said and "release-manager for both owners' components" in said
            kept = {"title": f"Said by {limited}", "owner": "port"}
            assert api.put("/components/harbour", kept, headers={**headers, **anew}).status_code == 200
        everywhere = headers_of(_token(api, Binding(Role.RELEASE_MANAGER)))
        assert api.put("/components/harbour", given, headers={**everywhere, **anew}).status_code == 200
        changed, *_ = (
            one
            for one in api.get("/audit/events?limit=500").get_json()["items"]
            if one["action"] == "component.changed"
        )
        assert changed["details"]["owner"] == "quay" and changed["details"]["owner_before"] == "port"


class TestToken:
    def test_in_an_address_is_refused_by_its_name(self, api: Api) -> None:
        for query in ({"access_token": "x"}, {"owner": other_token().text}):
            answer = api.get("/components", query_string=query)

            assert answer.status_code == 400
            assert "addresses are logged" in answer.get_json()["detail"]

    def test_in_a_cookie_is_not_read(self, api: Api) -> None:
        token = _token(api, Binding(Role.ADMINISTRATOR))
        api.client.set_cookie("token", token.text)

        answer = api.get("/components", environ_overrides={"HTTP_AUTHORIZATION": ""})

        assert answer.status_code == 401

    def test_that_is_refused_says_why_and_what_to_do(self, api: Api) -> None:
        viewer = headers_of(_token(api, Binding(Role.VIEWER)))

        unknown = api.get("/components", environ_overrides={"HTTP_AUTHORIZATION": ""})
        forbidden = api.put("/components/crane", {"title": "Crane", "owner": "quay"}, headers=viewer)

        assert "tidegate token create" in unknown.get_json()["detail"]
        assert unknown.headers["WWW-Authenticate"] == 'Bearer realm="tidegate"'
        assert "component.describe needs the role release-manager" in forbidden.get_json()["detail"]
        assert forbidden.headers["WWW-Authenticate"].endswith('error="insufficient_scope"')

    def test_of_a_person_reaches_no_further_than_the_person(self, api: Api, stock: Stock) -> None:
        ada = _person(api, "ada", Binding(Role.VIEWER, component="harbour"))
        headers = headers_of(_token(api, Binding(Role.ADMINISTRATOR), user=ada))

        assert api.get("/components/harbour", headers=headers).status_code == 200
        assert api.get("/components/shop", headers=headers).status_code == 403
        assert api.get("/audit/events", headers=headers).status_code == 403
        caller = api.get("/me", headers=headers).get_json()
        assert (caller["kind"], caller["name"]) == ("person", "ada")
        assert caller["permissions"] == ["declarations.read", "component.read"]

    def test_of_a_person_who_is_disabled_works_no_more(self, api: Api) -> None:
        ada = _person(api, "ada", Binding(Role.ADMINISTRATOR))
        headers = headers_of(_token(api, Binding(Role.ADMINISTRATOR), user=ada))
        assert api.get("/components", headers=headers).status_code == 200

        _disable(api, "ada")

        answer = api.get("/components", headers=headers)
        assert (answer.status_code, answer.get_json()["detail"]) == (401, "The account 'ada' is disabled.")


def _person(api: Api, name: str, binding: Binding) -> str:
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        work.use(UserService).create(name, binding=binding)
    finally:
        work.close()
    return name


def _disable(api: Api, name: str) -> None:
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        work.use(UserService).disable(name)
    finally:
        work.close()


class TestAudit:
    def test_tells_who_did_it_by_which_credential_and_from_where(self, api: Api) -> None:
        token = _token(api, Binding(Role.RELEASE_MANAGER))
        api.put("/components/crane", {"title": "Crane", "owner": "quay"}, headers=headers_of(token))

        (event,) = api.get("/audit/events").get_json()["items"]

        assert event["actor"] == "token:a-release-manager"
        assert event["details"]["caller"] == {"credential": f"token {token.id}", "address": "127.0.0.1"}

    def test_tells_of_refused_attempts(self, api: Api, stock: Stock) -> None:
        viewer = headers_of(_token(api, Binding(Role.VIEWER, component="shop")))
        api.put("/environments/production", {"rank": 1}, headers=viewer)
        api.get(f"/evidence/{stock.evidence_id}", headers=viewer)
        api.get("/components", environ_overrides={"HTTP_AUTHORIZATION": "Bearer tdg_no"})

        events = api.get("/audit/events", query_string={"limit": 3}).get_json()["items"]

        assert [(one["action"], one["actor"]) for one in events] == [
            ("access.unauthenticated", "anonymous"),
            ("access.refused", "token:a-viewer"),
            ("access.refused", "token:a-viewer"),
        ]
        assert all(one["details"]["outcome"] == "refused" for one in events)
        assert events[1]["subject"] == f"operation:GET /api/v1/evidence/{stock.evidence_id}"
        assert api.get("/audit/verification").get_json()["intact"]

    def test_is_not_filled_by_a_flood_of_them(self, api: Api) -> None:
        for _ in range(40):
            api.get("/components", environ_overrides={"HTTP_AUTHORIZATION": ""})

        events = api.get("/audit/events", query_string={"limit": 100}).get_json()["items"]

        assert len(events) == 10
