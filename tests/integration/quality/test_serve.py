"""The server that scripts get: ready when handed out, gone afterwards, clear about why it is not."""

from __future__ import annotations

import pytest
import requests

from scripts.serve import NotServing, new_token, running


def test_is_ready_and_gone_afterwards() -> None:
    with running() as url:
        assert requests.get(f"{url}/readyz", timeout=10).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/readyz", timeout=10)


def test_says_why_it_does_not_start() -> None:
    with (
        pytest.raises(NotServing, match="no_such_module"),
        running({"DEFAULT_ENABLED_MODULES": "no_such_module"}),
    ):
        pass


def test_says_why_there_is_no_token() -> None:
    with pytest.raises(NotServing, match=r"no token could be created: (?s:.*)DATABASE_URL"):
        new_token("tests", "administrator", {"DATABASE_URL": "nowhere"})
