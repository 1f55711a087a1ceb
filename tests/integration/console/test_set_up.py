"""The first administrator by a one-time code, on both databases: good for one use, an hour, this machine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in, forms_of
from tidegate.app import set_up_offer
from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.identity.set_up import SetUpService

PASSWORD = "seven moored boats at dawn"
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def new(api: Api) -> Api:
    """An API that knows nobody, and whose client presents no token."""
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    return api


def container(api: Api) -> Container:
    """Return what lives as long as the process."""
    found: Container = api.client.application.extensions[EXTENSION]
    return found


def code(api: Api) -> str:
    """Make a code, as the start of the server does."""
    work = container(api).work(SERVER)
    try:
        made = work.use(SetUpService).offer_first_administrator()
    finally:
        work.close()
    assert made is not None
    return made.text


class TestSetUp:
    def test_makes_the_first_administrator_and_signs_them_in(self, new: Api) -> None:
        assert "/setup" in new.client.get("/sign-in", headers=BROWSER).text

        made = fill_in(new.client, "/setup", code=code(new), name="ada", password=PASSWORD)

        assert (made.status_code, made.headers["Location"]) == (303, "/")
        assert new.client.get("/people", headers=BROWSER).status_code == 200
        audit = new.client.get("/audit", headers=BROWSER).text
        assert "system:set-up" in audit and "one-time code" in audit
        assert "There is somebody already" in new.client.get("/setup", headers=BROWSER).text
        assert "/setup" not in new.client.get("/sign-in", headers=BROWSER).text

    def test_takes_a_code_however_it_is_typed(self, new: Api) -> None:
        typed = code(new).lower().replace("-", " ").replace("0", "o").replace("1", "l")

        assert fill_in(new.client, "/setup", code=typed, name="ada", password=PASSWORD).status_code == 303

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"name": "a b"}, "beginning and ending with a letter or digit."),
            ({"password": "short"}, "it has 5 characters, and 12 to 128 are accepted"),
            ({"code": "0000"}, "This code opens nothing"),
        ],
    )
    def test_says_each_fault_once(self, new: Api, typed: dict[str, str], says: str) -> None:
        values = {"code": code(new), "name": "ada", "password": PASSWORD, **typed}
        answer = fill_in(new.client, "/setup", **values)
        assert answer.status_code == 422
        assert answer.text.count(says) == 1
        assert "Not a name" not in answer.text and "Not accepted" not in answer.text

    def test_says_each_fault_of_a_chosen_password_once(self, new: Api) -> None:
        values = {"code": "0000-0000-0000-0000", "name": "ada", "password": PASSWORD}
        answer = fill_in(new.client, "/choose-password", **values)
        assert (answer.status_code, answer.text.count("This code opens nothing")) == (422, 1)

    @pytest.mark.parametrize("wrong", ["0000-0000-0000-0000", "\u00e9", "x" * 100])
    def test_takes_no_other_code(self, new: Api, wrong: str) -> None:
        code(new)
        refused = fill_in(new.client, "/setup", code=wrong, name="ada", password=PASSWORD)

        assert refused.status_code == 422
        assert "opens nothing" in refused.text and "tidegate user set-up" in refused.text
        assert PASSWORD not in refused.text

    def test_takes_a_code_once_and_for_an_hour(self, new: Api) -> None:
        first = code(new)
        new.clock.advance(timedelta(hours=1))
        assert fill_in(new.client, "/setup", code=first, name="ada", password=PASSWORD).status_code == 422
        second, third = code(new), code(new)
        assert fill_in(new.client, "/setup", code=second, name="ada", password=PASSWORD).status_code == 303
        form = {"code": third, "name": "eve", "password": PASSWORD}
        assert fill_in(new.client, "/account/password", "/sign-out").status_code == 303
        token = {"csrf_token": _token(new)}
        again = new.client.post("/setup", data={**form, **token}, headers=BROWSER)
        assert again.status_code == 422

    def test_leaves_the_code_where_name_or_password_is_refused(self, new: Api) -> None:
        text = code(new)
        for name, password in (("ada", "password1234"), ("a b", PASSWORD)):
            refused = fill_in(new.client, "/setup", code=text, name=name, password=password)
            assert refused.status_code == 422
        assert fill_in(new.client, "/setup", code=text, name="ada", password=PASSWORD).status_code == 303

    def test_is_for_this_machine_alone(self, new: Api) -> None:
        for more in (
            {"environ_overrides": ELSEWHERE},
            {"headers": {**BROWSER, "X-Forwarded-For": "192.0.2.7"}},
            {"headers": {**BROWSER, "Via": "1.1 proxy"}},
        ):
            refused = new.client.get("/setup", **more)
            assert refused.status_code == 403 and "SETUP_FROM_ANYWHERE" in refused.text
        token = {"csrf_token": _token(new)}
        posted = new.client.post("/setup", data=token, environ_overrides=ELSEWHERE)
        assert posted.status_code == 403

    def test_is_for_every_machine_where_the_setting_says_so(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", SETUP_FROM_ANYWHERE="true")

        assert api.client.get("/setup", environ_overrides=ELSEWHERE).status_code == 200

    def test_makes_one_administrator_of_many_at_once(self, new: Api) -> None:
        codes = [code(new) for _ in range(4)]
        barrier = Barrier(8)
        outcomes: list[int] = []
        refusals: list[TidegateError] = []

        def attempt(number: int) -> None:
            work = container(new).work(SERVER)
            barrier.wait()
            try:
                work.use(SetUpService).make_first_administrator(codes[number % 4], f"p{number}", PASSWORD)
                outcomes.append(number)
            except TidegateError as refused:
                refusals.append(refused)
            finally:
                work.close()

        threads = [Thread(target=attempt, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        with new.database.engine.connect() as connection:
            assert len(refusals) == 7
            assert len(outcomes) == connection.scalar(text("SELECT COUNT(*) FROM users")) == 1

    def test_keeps_no_code(self, new: Api) -> None:
        made = code(new)
        with new.database.engine.connect() as connection:
            row = str(connection.execute(text("SELECT * FROM one_time_codes")).one())
        assert made not in row and made.replace("-", "") not in row


class TestOffer:
    def test_says_where_and_what_to_type(self, new: Api) -> None:
        work = container(new).work(SERVER)
        said = set_up_offer(work)
        assert said is not None and "/setup on this machine within the hour" in said
        typed = said.split("the code ")[1].split("\n")[0]
        assert fill_in(new.client, "/setup", code=typed, name="ada", password=PASSWORD).status_code == 303
        assert set_up_offer(work) is None
        work.close()


def _token(api: Api) -> str:
    shown = forms_of(api.client.get("/sign-in", headers=BROWSER))
    return next(fields["csrf_token"] for _, fields in shown if "csrf_token" in fields)
