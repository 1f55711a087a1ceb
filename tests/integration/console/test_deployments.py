"""Tests of the pages of deployments on both databases."""

from __future__ import annotations

import pytest

from tests.integration.console.test_pages import PAYLOAD, page
from tests.support.api import COMMIT, Api
from tests.support.people import sign_in
from tidegate.domain.access import Role

_HERE = "/components/harbour/deployments"


@pytest.fixture
def api(api: Api) -> Api:
    """An API in whose pages a viewer is signed in."""
    sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=Role.VIEWER)
    return api


def deploy(api: Api, **said: object) -> None:
    answer = api.post(_HERE, {"environment": "production", **said})
    assert answer.status_code == 201, answer.text


class TestDeployments:
    def test_are_shown_with_outcome_and_run(self, api: Api) -> None:
        api.set_up()
        deploy(api, version=PAYLOAD, revision=COMMIT, outcome="succeeded", url="https://ci.example.org/7")
        for address in ("/components/harbour", _HERE):
            shown = page(api, address)
            assert "succeeded" in shown and COMMIT[:12] in shown
            assert 'href="https://ci.example.org/7"' in shown
            assert "never released for production" in shown

    def test_are_narrowed_to_an_environment_and_an_outcome(self, api: Api) -> None:
        api.set_up()
        deploy(api, version="1.0.0", outcome="failed")
        deploy(api, version="1.1.0")
        shown = page(api, f"{_HERE}?environment=production&outcome=failed")
        assert "1.0.0" in shown and "1.1.0" not in shown
        assert "There is no such deployment" in page(api, f"{_HERE}?environment=staging")

    def test_are_shown_a_page_at_a_time(self, api: Api) -> None:
        api.set_up()
        for number in range(26):
            deploy(api, version=f"1.{number}.0")
        shown = page(api, f"{_HERE}?environment=production")
        assert "1.25.0" in shown and "1.0.0" not in shown
        assert "environment=production&amp;cursor=" in shown

    def test_that_are_none_yet_name_the_command(self, api: Api) -> None:
        api.set_up()
        assert "tidegate deployed --component harbour" in page(api, "/components/harbour")
