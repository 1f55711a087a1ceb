"""Which addresses may be reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.outgoing import AddressPolicy, kind_of, plain_address

PUBLIC = ("8.8.8.8", "140.82.121.3", "2606:4700::6810:84e5", "64:ff9b::808:808", "::ffff:8.8.8.8")
SPECIAL = {
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "10.0.0.1": "private",
    "100.100.100.200": "shared",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "metadata",
    "169.254.169.254": "link-local",
    "172.31.255.255": "private",
    "192.0.0.192": "reserved",
    "192.168.1.1": "private",
    "198.18.0.1": "benchmarking",
    "224.0.0.1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::7f00:1": "reserved",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:a9fe:a9fe": "link-local",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::169.254.169.254": "link-local",
    "64:ff9b:1::1": "reserved",
    "100::1": "reserved",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo tunnel",
    "2001:20::1": "reserved",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4 tunnel",
    "2002:808:808::": "6to4 tunnel",
    "fd00:ec2::254": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "ff02::1": "multicast",
}


class TestAddresses:
    @pytest.mark.parametrize("address", PUBLIC)
    def test_of_the_public_internet_are_reached_over_https_alone(self, address: str) -> None:
        policy = AddressPolicy()
        assert policy.refusal("example.org", address, secure=True) is None
        assert "not https" in str(policy.refusal("example.org", address, secure=False))

    @pytest.mark.parametrize(("address", "kind"), SPECIAL.items())
    def test_of_any_special_range_are_refused_by_its_name(self, address: str, kind: str) -> None:
        assert kind in str(AddressPolicy().refusal("example.org", address, secure=True))

    @given(st.ip_addresses())
    def test_that_python_calls_local_are_never_public_here(self, address: object) -> None:
        found = plain_address(str(address))
        if found.is_private or found.is_loopback or found.is_link_local or found.is_multicast:
            assert kind_of(found) is not None


class TestWhatIsKnownBeforeANameIsResolved:
    @pytest.mark.parametrize(
        ("host", "secure", "said"),
        [
            ("hooks.example.org", True, None),
            ("hooks.example.org", False, "it is not https; OUTGOING_ALLOW can name the host"),
            ("8.8.8.8", True, None),
            ("10.0.0.9", True, "its address 10.0.0.9 is private; OUTGOING_ALLOW can allow it (10.0.0.9/32)"),
            ("::1", True, "its address ::1 is loopback; OUTGOING_ALLOW can allow it (::1/128)"),
            ("169.254.169.254", True, "its address 169.254.169.254 is link-local"),
            (
                "localhost",
                True,
                "its address 127.0.0.1 is loopback; OUTGOING_ALLOW can allow it (127.0.0.1/32)",
            ),
            ("Hooks.localhost.", True, "its address 127.0.0.1 is loopback; OUTGOING_ALLOW can allow it"),
        ],
    )
    def test_is_told(self, host: str, secure: bool, said: str | None) -> None:
        told = AddressPolicy().known_refusal(host, secure=secure)
        assert told == said or (said is not None and told is not None and told.startswith(said))

    def test_is_not_refused_where_an_allowed_network_or_name_may_be_meant(self) -> None:
        assert AddressPolicy.from_entries(["10.0.0.0/8"]).known_refusal("crew", secure=False) is None
        assert AddressPolicy.from_entries(["crew"]).known_refusal("Crew.", secure=False) is None
        assert AddressPolicy.from_entries(["::1"]).known_refusal("localhost", secure=False) is None
        assert AddressPolicy.from_entries(["localhost"]).known_refusal("localhost", secure=False) is None


class TestAllowed:
    def test_networks_are_reached_without_https_as_well(self) -> None:
        policy = AddressPolicy.from_entries(("127.0.0.0/8", "[fd00::1]"))
        assert policy.refusal("a.example", "127.0.0.1", secure=False) is None
        assert policy.refusal("a.example", "::ffff:127.0.0.1", secure=False) is None
        assert policy.refusal("a.example", "fd00::1", secure=False) is None
        assert policy.refusal("a.example", "fd00::2", secure=True) is not None
        assert policy.refusal("a.example", "10.0.0.1", secure=True) is not None

    def test_names_may_be_private_and_never_link_local(self) -> None:
        policy = AddressPolicy.from_entries(("GitLab.internal.",))
        for fine in ("10.0.0.1", "127.0.0.1", "fd00::1", "8.8.8.8"):
            assert policy.refusal("gitlab.internal", fine, secure=False) is None
            assert policy.refusal("gitlab.INTERNAL.", fine, secure=False) is None
        for never in ("169.254.169.254", "168.63.129.16", "0.0.0.0", "224.0.0.1"):
            assert policy.refusal("gitlab.internal", never, secure=True) is not None

    def test_names_hold_for_themselves_alone(self) -> None:
        policy = AddressPolicy.from_entries(("gitlab.internal",))
        for other in ("evil.gitlab.internal", "gitlab.internal.evil.example", "xgitlab.internal"):
            assert policy.refusal(other, "10.0.0.1", secure=True) is not None

    @pytest.mark.parametrize(
        "entry",
        ["10.0.0.1/8", "300.1.1.1", "http://gitlab", "a b", "*.internal", "a..b", "1.2.3", "größe.de"],
    )
    def test_entries_that_are_nothing_are_refused(self, entry: str) -> None:
        with pytest.raises(ValueError, match=r".+"):
            AddressPolicy.from_entries((entry,))
