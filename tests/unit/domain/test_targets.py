"""Tests of targets: where they answer, and how often they are asked."""

from __future__ import annotations

import pytest

from tidegate.domain.errors import Invalid
from tidegate.domain.targets import checked_base_url, checked_interval


class TestBaseUrl:
    def test_ends_without_a_slash(self) -> None:
        assert checked_base_url("https://shop.example.org:8443/app/") == "https://shop.example.org:8443/app"

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("ftp://shop.example.org", "write http:// or https:// and a host"),
            ("https://", "write http:// or https:// and a host"),
            ("shop.example.org", "write http:// or https:// and a host"),
            ("https://ada:pw@shop.example.org", "user name or a password"),
            ("https://shop.example.org/?a=b", "leave out queries"),
            ("https://shop.example.org/a b", "leave out queries"),
            ("https://shop.example.org:x", "Port could not be cast"),
            ("https://shop.example.org/" + "a" * 2000, "at most 2000 characters"),
        ],
    )
    def test_refuses_by_name(self, url: str, why: str) -> None:
        with pytest.raises(Invalid, match=why.replace("?", r"\?")) as caught:
            checked_base_url(url)
        assert "pw@" not in str(caught.value)
        assert [where for where, _ in caught.value.problems] == ["/base_url"]


class TestInterval:
    @pytest.mark.parametrize("seconds", [None, 10, 86_400])
    def test_is_within_limits(self, seconds: int | None) -> None:
        assert checked_interval(seconds) == seconds

    @pytest.mark.parametrize("seconds", [0, 9, 86_401])
    def test_refuses_others(self, seconds: int) -> None:
        with pytest.raises(Invalid, match="outside 10 to 86400") as caught:
            checked_interval(seconds)
        assert [where for where, _ in caught.value.problems] == ["/interval"]
