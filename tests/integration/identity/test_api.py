"""People, groups, roles, tokens and sessions over HTTP, on both databases."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.support.access import headers_of, let_in, other_token
from tests.support.api import Api
from tidegate.domain.access import Binding, Permission, Rights, Role
from tidegate.domain.principals import SERVER
from tidegate.kernel.access import Authenticator
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.tokens import TokenService

PASSWORD = "seven moored boats at dawn"
Headers = dict[str, str]


def person(api: Api, name: str, *bindings: Binding, within: Role = Role.ADMINISTRATOR) -> Headers:
    """Make a person with these roles and a token of theirs; returns the header that presents it."""
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        work.use(UserService).create(name)
        for one in bindings:
            work.use(UserService).grant(one, user=name)
    finally:
        work.close()
    token = let_in(api.database.engine, other_token(), name=f"of-{name}", binding=Binding(within), user=name)
    return headers_of(token)


def begin(api: Api, name: str) -> str:
    """Sign a person in somewhere; returns the session's secret."""
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        secret: str = work.use(SessionService).begin(name, address="192.0.2.7")
        return secret
    finally:
        work.close()


def sessions(api: Api, name: str) -> list[str]:
    """Return the identifiers of a person's sessions."""
    return [one["id"] for one in api.get(f"/users/{name}/sessions").get_json()["items"]]


def delete(api: Api, path: str, **more: Any) -> TestResponse:
    """Ask for something to be gone."""
    return api.client.delete(f"/api/v1{path}", **more)


def works(api: Api, token: str) -> bool:
    """Tell whether a token lets its bearer in."""
    return api.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


class TestUsers:
    def test_are_created_listed_and_shown(self, api: Api) -> None:
        made = api.post("/users", {"name": "ada", "display_name": "Ada Lind"})

        assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/users/ada")
        assert made.get_json()["has_password"] is False
        assert api.get("/users/ada").get_json() == made.get_json()
        assert api.get("/users").get_json()["items"] == [made.get_json()]
        assert api.post("/users", {"name": "ada"}).status_code == 409

    @pytest.mark.parametrize("extra", ["password", "role", "disabled_at", "created_at", "has_password"])
    def test_take_nothing_but_what_is_documented(self, api: Api, extra: str) -> None:
        refused = api.post("/users", {"name": "ada", extra: "x"})

        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, f"/{extra}")
        assert api.get("/users/ada").status_code == 404

    def test_can_be_renamed_and_disabled_and_enabled(self, api: Api) -> None:
        hers = person(api, "ada", Binding(Role.VIEWER))
        begin(api, "ada")

        changed = api.patch("/users/ada", {"display_name": "Ada L.", "disabled": True})

        assert changed.get_json()["display_name"] == "Ada L." and changed.get_json()["disabled_at"]
        assert api.get("/me", headers=hers).status_code == 401
        assert api.patch("/users/ada", {"disabled": True}).get_json() == changed.get_json()
        assert api.patch("/users/ada", {"disabled": False}).get_json()["disabled_at"] is None
        assert api.get("/me", headers=hers).status_code == 200
        assert sessions(api, "ada") == []
        assert api.patch("/users/nobody", {"disabled": True}).status_code == 404

    @pytest.mark.parametrize("value", [0, 1, "true", "yes", []])
    def test_are_disabled_by_true_alone(self, api: Api, value: object) -> None:
        person(api, "ada")
        refused = api.patch("/users/ada", {"disabled": value})
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/disabled")

    def test_get_passwords_that_are_told_nowhere(self, api: Api) -> None:
        person(api, "ada")
        begin(api, "ada")

        assert api.put("/users/ada/password", {"password": PASSWORD}).status_code == 204

        assert api.get("/users/ada").get_json()["has_password"] is True
        assert sessions(api, "ada") == []
        weak = api.put("/users/ada/password", {"password": "passwordpassword"})
        assert (weak.status_code, weak.get_json()["errors"][0]["pointer"]) == (422, "/password")
        assert api.put("/users/nobody/password", {"password": PASSWORD}).status_code == 404
        assert PASSWORD not in api.get("/audit/events").text

    def test_get_codes_by_which_they_choose_passwords(self, api: Api) -> None:
        person(api, "ada")

        made = api.post("/users/ada/password-code", None)

        assert made.status_code == 201
        assert made.headers["Cache-Control"] == "no-store"
        assert len(made.get_json()["code"].replace("-", "")) == 16
        assert made.get_json()["code"] not in api.get("/audit/events").text
        api.patch("/users/ada", {"disabled": True})
        assert api.post("/users/ada/password-code", None).status_code == 409


class TestIdempotencyKey:
    KEY = {"Idempotency-Key": "5f0c1f0e"}

    def test_repeats_the_answer(self, api: Api) -> None:
        first, again = (api.post("/users", {"name": "ada"}, headers=self.KEY) for _ in range(2))

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.get_json() == first.get_json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert api.post("/users", {"name": "eve"}, headers=self.KEY).status_code == 422

    def test_of_another_principal_is_another_one(self, api: Api) -> None:
        other = headers_of(let_in(api.database.engine, other_token(), name="other"))
        made = api.post("/tokens", {"name": "ci", "role": "viewer"}, headers=self.KEY)

        theirs = api.post("/tokens", {"name": "ci", "role": "viewer"}, headers={**self.KEY, **other})

        assert (made.status_code, theirs.status_code) == (201, 409)
        assert "Idempotent-Replayed" not in theirs.headers
        assert made.get_json()["id"] not in theirs.text

    def test_tells_no_token_twice(self, api: Api) -> None:
        sent = {"name": "ci", "role": "viewer"}
        first, again = (api.post("/tokens", sent, headers=self.KEY) for _ in range(2))

        token = first.get_json()["token"]
        assert works(api, token)
        assert again.get_json() == {**first.get_json(), "token": None}
        assert [one["name"] for one in api.get("/tokens?limit=50").get_json()["items"]].count("ci") == 1
        with api.database.engine.connect() as connection:
            (kept,) = connection.execute(text("SELECT body FROM idempotency_keys")).scalars()
        assert token not in bytes(kept).decode() and token[16:40] not in bytes(kept).decode()


class TestGroups:
    def test_are_there_while_somebody_or_a_role_is(self, api: Api) -> None:
        person(api, "ada")
        assert api.get("/groups").get_json()["items"] == []
        assert api.get("/groups/port/members").status_code == 404

        for _ in range(2):
            assert api.put("/groups/port/members/ada", None).status_code == 204
        assert api.post("/roles", {"group": "land", "role": "viewer"}).status_code == 201

        assert api.get("/groups").get_json()["items"] == [
            {"name": "land", "members": 0},
            {"name": "port", "members": 1},
        ]
        assert api.get("/groups/port/members").get_json()["items"] == [
            {"group": "port", "user": "ada", "source": "by hand"}
        ]
        assert api.get("/groups/land/members").get_json()["items"] == []
        assert delete(api, "/groups/port/members/ada").status_code == 204
        assert delete(api, "/groups/port/members/ada").status_code == 404
        assert api.put("/groups/port/members/nobody", None).status_code == 404

    def test_give_their_roles_to_their_members(self, api: Api) -> None:
        hers = person(api, "ada")
        api.post("/roles", {"group": "port", "role": "viewer"})
        assert api.get("/gates", headers=hers).status_code == 403

        api.put("/groups/port/members/ada", None)

        assert api.get("/gates", headers=hers).status_code == 200


class TestRoles:
    def test_are_given_listed_and_taken_away(self, api: Api) -> None:
        hers = person(api, "ada")
        sent = {"user": "ada", "role": "release-manager", "owner": "port"}

        first, again = (api.post("/roles", sent) for _ in range(2))

        assert (first.status_code, again.status_code) == (201, 200)
        assert first.get_json() == again.get_json()
        assert api.get("/roles?user=ada").get_json()["items"] == [first.get_json()]
        assert api.get("/roles?group=ada").get_json()["items"] == []
        assert api.get("/me", headers=hers).status_code == 200
        assert delete(api, f"/roles/{first.get_json()['id']}").status_code == 204
        assert delete(api, f"/roles/{first.get_json()['id']}").status_code == 404
        assert api.get("/me", headers=hers).status_code == 403

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            ({"role": "viewer"}, 422),
            ({"user": "ada", "group": "port", "role": "viewer"}, 422),
            ({"user": "ada", "role": "king"}, 422),
            ({"user": "ada", "role": "viewer", "component": "harbour", "owner": "port"}, 422),
            ({"user": "ada", "role": "viewer", "id": "x"}, 422),
            ({"user": "nobody", "role": "viewer"}, 404),
        ],
    )
    def test_are_refused_where_they_could_not_be_read_in_one_way(
        self, api: Api, sent: dict[str, str], status: int
    ) -> None:
        person(api, "ada")
        assert api.post("/roles", sent).status_code == status

    def test_are_never_more_than_what_their_giver_has(self) -> None:
        limits: tuple[dict[str, str], ...] = ({}, {"component": "a"}, {"owner": "b"}, {"environment": "c"})
        for role, limit, within in itertools.product(Role, limits, (None, *Role)):
            rights = Rights((Binding(role, **limit),), within=Binding(within) if within else None)
            if rights.allow(Permission.MANAGE_ACCESS):
                assert all(
                    rights.allow(permission, component="x", environment="y") for permission in Permission
                )


class TestLastAdministrator:
    def test_can_be_neither_disabled_nor_unbound(self, api: Api) -> None:
        hers = person(api, "ada", Binding(Role.ADMINISTRATOR))
        (role,) = api.get("/roles?user=ada").get_json()["items"]

        refused = [
            api.patch("/users/ada", {"disabled": True}, headers=hers),
            delete(api, f"/roles/{role['id']}"),
        ]

        for one in refused:
            assert one.status_code == 409
            assert "tidegate user create NAME --admin" in one.get_json()["detail"]
        assert api.get("/users", headers=hers).status_code == 200

    def test_may_go_once_there_is_another(self, api: Api) -> None:
        person(api, "ada", Binding(Role.ADMINISTRATOR))
        person(api, "bob")
        api.post("/roles", {"group": "admins", "role": "administrator"})
        api.put("/groups/admins/members/bob", None)

        assert api.patch("/users/ada", {"disabled": True}).status_code == 200
        assert delete(api, "/groups/admins/members/bob").status_code == 409
        (role,) = api.get("/roles?group=admins").get_json()["items"]
        assert delete(api, f"/roles/{role['id']}").status_code == 409
        api.patch("/users/ada", {"disabled": False})
        assert delete(api, "/groups/admins/members/bob").status_code == 204


class TestTokens:
    def test_of_machines_are_told_once(self, api: Api) -> None:
        made = api.post("/tokens", {"name": "ci", "role": "submitter", "component": "harbour", "days": 7})

        assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
        token = made.get_json().pop("token")
        assert works(api, token)
        assert token not in api.get("/tokens").text + api.get("/audit/events").text
        shown = api.get(f"/tokens/{made.get_json()['id']}").get_json()
        assert (shown["state"], shown["component"], shown["user"]) == ("active", "harbour", None)
        assert shown["last_used_at"] is not None
        assert "token" not in shown
        assert api.get("/tokens/none").status_code == 404

    @pytest.mark.parametrize("extra", [{"user": "ada"}, {"id": "0" * 12}, {"expires_at": "2999-01-01"}])
    def test_of_machines_are_of_machines(self, api: Api, extra: dict[str, str]) -> None:
        assert api.post("/tokens", {"name": "ci", "role": "viewer", **extra}).status_code == 422

    @pytest.mark.parametrize("days", [0, 366, 10**9, "7", None])
    def test_live_as_long_as_they_may(self, api: Api, days: Any) -> None:
        status = api.post("/tokens", {"name": "ci", "role": "viewer", "days": days}).status_code
        assert status == (201 if days is None else 422)

    def test_rotate_with_an_overlap(self, api: Api) -> None:
        old = api.post("/tokens", {"name": "ci", "role": "viewer"}).get_json()

        new = api.post(f"/tokens/{old['id']}/rotation", {"overlap_hours": 1, "days": 3})

        assert new.get_json()["replaces"] == old["id"]
        assert works(api, old["token"]) and works(api, new.get_json()["token"])
        api.clock.advance(timedelta(hours=1))
        assert not works(api, old["token"]) and works(api, new.get_json()["token"])
        assert api.post(f"/tokens/{old['id']}/rotation", {}).status_code == 409
        assert api.post("/tokens/none/rotation", {}).status_code == 404

    def test_are_revoked_at_once(self, api: Api) -> None:
        made = api.post("/tokens", {"name": "ci", "role": "viewer"}).get_json()

        assert [delete(api, f"/tokens/{made['id']}").status_code for _ in range(2)] == [204, 204]

        assert not works(api, made["token"])
        assert api.get(f"/tokens/{made['id']}").get_json()["state"] == "revoked"
        assert delete(api, "/tokens/none").status_code == 404


class TestOwnTokens:
    def test_reach_no_further_than_their_person(self, api: Api) -> None:
        hers = person(api, "ada", Binding(Role.RELEASE_MANAGER, component="harbour"))

        made = api.post("/me/tokens", {"name": "laptop", "role": "viewer", "days": 3}, headers=hers)

        assert made.status_code == 201
        found = {"Authorization": f"Bearer {made.get_json()['token']}"}
        assert api.get("/me", headers=found).get_json()["permissions"] == [
            "declarations.read",
            "component.read",
        ]
        assert api.get("/components/shop", headers=found).status_code == 403
        listed = api.get("/me/tokens", headers=hers).get_json()["items"]
        assert [one["name"] for one in listed] == ["laptop", "of-ada"]

    @pytest.mark.parametrize(
        "sent", [{"role": "administrator"}, {"role": "release-manager", "component": "shop"}]
    )
    def test_are_refused_where_they_would_be_more(self, api: Api, sent: dict[str, str]) -> None:
        hers = person(api, "ada", Binding(Role.RELEASE_MANAGER, component="harbour"))

        refused = api.post("/me/tokens", {"name": "x", **sent}, headers=hers)

        assert (refused.status_code, "nobody gives more than they have" in refused.text) == (403, True)
        assert api.get("/audit/events").get_json()["items"][0]["action"] == "access.refused"

    def test_reach_no_further_than_the_token_that_asks(self, api: Api) -> None:
        hers = person(api, "ada", Binding(Role.ADMINISTRATOR), within=Role.VIEWER)

        refused = api.post("/me/tokens", {"name": "x", "role": "submitter"}, headers=hers)
        made = api.post("/me/tokens", {"name": "x"}, headers=hers)

        assert (refused.status_code, made.get_json()["role"]) == (403, "viewer")

    def test_of_a_narrowed_token_are_narrowed_as_well(self, api: Api) -> None:
        hers = person(api, "ada", Binding(Role.RELEASE_MANAGER))
        narrow = {"name": "narrow", "role": "submitter", "component": "harbour"}
        token = api.post("/me/tokens", narrow, headers=hers).get_json()["token"]
        with_it = {"Authorization": f"Bearer {token}"}

        refused = [
            api.post("/me/tokens", {"name": "wide", "role": "submitter", **more}, headers=with_it).status_code
            for more in ({}, {"component": "shop"}, {"owner": "quay"}, {"environment": "staging"})
        ]
        made = api.post("/me/tokens", {"name": "as-narrow"}, headers=with_it).get_json()

        assert refused == [403, 403, 403, 403]
        assert (made["role"], made["component"]) == ("submitter", "harbour")

    def test_end_with_the_token_that_asks(self, api: Api) -> None:
        hers = person(api, "ada", Binding(Role.VIEWER))
        short = api.post("/me/tokens", {"name": "short", "days": 1}, headers=hers).get_json()

        made = api.post(
            "/me/tokens",
            {"name": "long", "days": 300},
            headers={"Authorization": f"Bearer {short['token']}"},
        )

        assert made.get_json()["expires_at"] == short["expires_at"]

    def test_may_be_shorter_than_a_day(self, api: Api) -> None:
        hers = person(api, "ada", Binding(Role.VIEWER, environment="staging"))
        container = api.client.application.extensions[EXTENSION]
        work = container.work(SERVER)
        caller = work.use(Authenticator).authenticate(hers["Authorization"].split()[1], address="")
        work.close()
        work = container.work_on(container.database.unit_of_work(), caller.principal, caller.rights)

        made = work.use(TokenService).create_own(name="try", lives=timedelta(minutes=15))

        work.close()
        assert made.token.expires_at == api.clock.at + timedelta(minutes=15)

    def test_are_revoked_by_their_person_alone(self, api: Api) -> None:
        hers, his = person(api, "ada", Binding(Role.VIEWER)), person(api, "bob", Binding(Role.VIEWER))
        made = api.post("/me/tokens", {"name": "laptop"}, headers=hers).get_json()
        machine = api.post("/tokens", {"name": "ci", "role": "viewer"}).get_json()

        for other in (made["id"], machine["id"], "none"):
            assert delete(api, f"/me/tokens/{other}", headers=his).status_code == 404
        assert delete(api, f"/me/tokens/{made['id']}", headers=hers).status_code == 204
        assert not works(api, made["token"]) and works(api, machine["token"])

    def test_may_have_the_name_of_anothers(self, api: Api) -> None:
        hers, his = person(api, "ada", Binding(Role.VIEWER)), person(api, "bob", Binding(Role.VIEWER))

        made = [api.post("/me/tokens", {"name": "laptop"}, headers=one).status_code for one in (hers, his)]

        assert made == [201, 201]
        assert api.post("/me/tokens", {"name": "laptop"}, headers=hers).status_code == 409
        listed = api.get("/tokens?user=bob").get_json()["items"]
        assert [one["name"] for one in listed] == ["laptop", "of-bob"]

    def test_are_for_people_alone(self, api: Api) -> None:
        refused = api.post("/me/tokens", {"name": "x"})

        assert (refused.status_code, "POST /api/v1/tokens" in refused.get_json()["detail"]) == (409, True)
        assert api.get("/me/tokens").get_json()["items"] == []
        assert api.post("/me/tokens", {"name": "x", "component": "harbour"}).status_code == 422

    def test_are_told_once(self, api: Api) -> None:
        hers = {**person(api, "ada", Binding(Role.VIEWER)), "Idempotency-Key": "1"}
        first, again = (api.post("/me/tokens", {"name": "x"}, headers=hers).get_json() for _ in range(2))

        assert works(api, first["token"]) and again == {**first, "token": None}


class TestSessions:
    def test_are_listed_and_ended_by_their_person(self, api: Api) -> None:
        hers, his = person(api, "ada", Binding(Role.VIEWER)), person(api, "bob", Binding(Role.VIEWER))
        for _ in range(3):
            begin(api, "ada")

        listed = api.get("/me/sessions", headers=hers).get_json()["items"]
        assert len(listed) == 3 and set(listed[0]) == {"id", "address", "created_at", "last_seen_at"}
        assert delete(api, f"/me/sessions/{listed[0]['id']}", headers=his).status_code == 404
        assert delete(api, f"/me/sessions/{listed[0]['id']}", headers=hers).status_code == 204
        assert len(sessions(api, "ada")) == 2
        assert delete(api, "/me/sessions", headers=hers).status_code == 204
        assert sessions(api, "ada") == []

    def test_of_others_are_for_administrators(self, api: Api) -> None:
        his = person(api, "bob", Binding(Role.RELEASE_MANAGER))
        person(api, "ada")
        begin(api, "ada")
        (found,) = sessions(api, "ada")

        assert api.get("/users/ada/sessions", headers=his).status_code == 403
        assert delete(api, f"/users/ada/sessions/{found}", headers=his).status_code == 403
        assert delete(api, f"/users/bob/sessions/{found}").status_code == 404
        assert delete(api, f"/users/ada/sessions/{found}").status_code == 204
        begin(api, "ada")
        assert delete(api, "/users/ada/sessions").status_code == 204
        assert sessions(api, "ada") == []
        assert api.get("/users/nobody/sessions").status_code == 404
        assert delete(api, "/users/nobody/sessions").status_code == 404

    def test_are_no_machines(self, api: Api) -> None:
        assert api.get("/me/sessions").get_json()["items"] == []
        assert delete(api, "/me/sessions/none").status_code == 404
        assert delete(api, "/me/sessions").status_code == 204

    @pytest.mark.parametrize("change", ["role", "withdraw", "join", "leave", "group-role"])
    def test_end_when_what_their_person_may_do_changes(self, api: Api, change: str) -> None:
        person(api, "ada", Binding(Role.VIEWER))
        api.put("/groups/port/members/ada", None)
        (role,) = api.get("/roles?user=ada").get_json()["items"]
        begin(api, "ada")

        answers = {
            "role": lambda: api.post("/roles", {"user": "ada", "role": "submitter"}),
            "withdraw": lambda: delete(api, f"/roles/{role['id']}"),
            "join": lambda: api.put("/groups/land/members/ada", None),
            "leave": lambda: delete(api, "/groups/port/members/ada"),
            "group-role": lambda: api.post("/roles", {"group": "port", "role": "submitter"}),
        }
        assert answers[change]().status_code in (201, 204)

        assert sessions(api, "ada") == []


class TestGuessing:
    def test_finds_out_no_names(self, api: Api) -> None:
        his = person(api, "bob", Binding(Role.RELEASE_MANAGER))
        person(api, "ada")

        for path in ("/users/{}", "/users/{}/sessions", "/groups/{}/members", "/tokens/{}"):
            there, nobody = (api.get(path.format(one), headers=his) for one in ("ada", "nobody"))
            assert there.status_code == nobody.status_code == 403
            assert json.loads(there.text)["detail"] == json.loads(nobody.text)["detail"]
