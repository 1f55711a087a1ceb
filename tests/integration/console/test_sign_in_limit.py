"""How often an address may try to sign in; where it cannot be counted nobody gets in, who is in goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tests.support.redis_server import own_redis
from tidegate.domain.access import Binding, Role
from tidegate.domain.principals import SERVER
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.identity.service import UserService

PASSWORD = "seven moored boats at dawn"


def let_ada_in(api: Api) -> None:
    """Make an administrator with a password."""
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        work.use(UserService).create("ada", password=PASSWORD, binding=Binding(Role.ADMINISTRATOR))
    finally:
        work.close()


class TestSignIn:
    def test_is_tried_so_often_a_minute_and_no_more(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", SIGN_IN_PER_MINUTE="2")
        form = {"csrf_token": "", "name": "ada", "password": "x"}
        shown = forms_of(api.client.get("/sign-in", headers=BROWSER))
        form["csrf_token"] = next(fields["csrf_token"] for _, fields in shown if "csrf_token" in fields)

        tried = [api.client.post("/sign-in", data=form, headers=BROWSER) for _ in range(3)]
        elsewhere = api.client.post(
            "/sign-in", data=form, headers=BROWSER, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
        )

        assert [one.status_code for one in tried] == [401, 401, 429]
        assert 1 <= int(tried[-1].headers["Retry-After"]) <= 60
        assert elsewhere.status_code == 401
        for path in ("/setup", "/choose-password"):
            assert api.client.post(path, data=form, headers=BROWSER).status_code == 429
        # Whichever provider it is, and whether there is one.
        assert api.client.get("/sign-in/oidc/answer?code=a&state=b", headers=BROWSER).status_code == 429

    def test_fails_closed_where_redis_is_away_and_reads_stay_open(
        self, database: Database, tmp_path: Path
    ) -> None:
        with own_redis(tmp_path) as (url, process):
            limits = {"RATE_LIMIT_ENABLED": "true", "RATE_LIMIT_STORAGE_URL": url}
            api = make_api(database, tmp_path / "api", **limits)
            let_ada_in(api)
            sign_in(api.client, database.engine, "eve", api.clock.now(), role=Role.VIEWER)
            guest = api.client.application.test_client()
            assert fill_in(guest, "/sign-in", name="ada", password=PASSWORD).status_code == 303
            asked = api.client.application.test_client()
            assert fill_in(asked, "/sign-in", name="ada", password=PASSWORD).status_code == 303

            process.terminate()
            process.wait(30)

            refused = fill_in(api.client.application.test_client(), "/sign-in", name="ada", password=PASSWORD)
            assert refused.status_code == 503 and int(refused.headers["Retry-After"]) >= 1
            assert api.client.get("/gates", headers=BROWSER).status_code == 200
            assert api.get("/components").status_code == 200
            assert guest.get("/account", headers=BROWSER).status_code == 200
            api.clock.advance(timedelta(minutes=11))
            proof = fill_in(asked, "/people", name="bob")
            fields = next(found for _, found in forms_of(proof) if "proof_of_person" in found)
            proved = asked.post("/people", data={**fields, "proof_of_person": PASSWORD}, headers=BROWSER)
            assert proved.status_code == 503
