"""Tests of anchors: what is signed of a log's head, what is read again, and everything that is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.attestations import KEY, OTHER_KEY, VERIFIER, mutations, signed_again, signed_verdict
from tidegate.domain.anchors import Anchor, read_anchor, read_anchors
from tidegate.domain.audit import Head
from tidegate.domain.dsse import NotTrusted
from tidegate.domain.signed_verdicts import read_signed_verdict
from tidegate.domain.signing import SigningKey, by_keyid

KEYS = by_keyid([KEY.public])
AT = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)


def anchor(seq: int = 7, digit: str = "a") -> Anchor:
    return Anchor(Head(seq, "sha256:" + digit * 64), AT, VERIFIER)


def signed(of: Anchor | None = None, key: SigningKey = KEY) -> bytes:
    return key.sign((of or anchor()).statement()).to_bytes()


class TestReadAnchor:
    def test_reads_what_was_signed(self) -> None:
        assert read_anchor(signed(), KEYS) == (anchor(), KEY.public.keyid)
        assert read_anchor(signed() + b"\n", KEYS)[0] == anchor()

    def test_is_a_statement_about_the_digest_of_the_row(self) -> None:
        assert anchor().statement().decode() == (
            '{"_type":"https://in-toto.io/Statement/v1","predicate":{"anchoredAt":"2026-11-21T02:30:00.000Z",'
            '"seq":7,"verifier":{"id":"https://tidegate.example.org"}},'
            '"predicateType":"https://tidegate.dev/attestations/audit-anchor/v1","subject":[{"digest":'
            f'{{"sha256":"{"a" * 64}"}},"name":"tidegate:audit-log"}}]}}'
        )

    def test_is_never_taken_for_a_verdict_nor_a_verdict_for_it(self) -> None:
        with pytest.raises(NotTrusted, match="it is no anchor of an audit log"):
            read_anchor(signed_verdict(), KEYS)
        with pytest.raises(NotTrusted):
            read_signed_verdict(signed(), KEYS)

    def test_refuses_a_key_that_is_not_trusted(self) -> None:
        with pytest.raises(NotTrusted, match="which is not trusted here"):
            read_anchor(signed(key=OTHER_KEY), KEYS)

    def test_refuses_a_signature_under_another_name(self) -> None:
        forged = signed(key=OTHER_KEY).replace(OTHER_KEY.public.keyid.encode(), KEY.public.keyid.encode())
        with pytest.raises(NotTrusted, match="signature is not that of key"):
            read_anchor(forged, KEYS)

    @pytest.mark.parametrize(
        "change",
        [
            lambda s: s.update(predicate=[]),
            lambda s: s["predicate"].update(seq=0),
            lambda s: s["predicate"].update(seq=True),
            lambda s: s["predicate"].update(seq="7"),
            lambda s: s["predicate"].update(anchoredAt=7),
            lambda s: s["predicate"].update(anchoredAt="yesterday"),
            lambda s: s["predicate"].update(anchoredAt="2026-11-21T02:30:00Z"),
            lambda s: s["predicate"].update(more=1),
            lambda s: s["predicate"].update(verifier={"id": 7}),
            lambda s: s.update(subject=[]),
            lambda s: s.update(subject={}),
            lambda s: s["subject"][0].update(name="other"),
            lambda s: s["subject"][0].update(digest={"sha256": "A" * 64}),
            lambda s: s["subject"][0].update(digest={"sha256": 7}),
            lambda s: s.update(_type="https://in-toto.io/Statement/v0.1"),
        ],
    )
    def test_refuses_what_is_signed_and_no_anchor(self, change: Callable[[dict[str, Any]], object]) -> None:
        with pytest.raises(NotTrusted):
            read_anchor(signed_again(signed(), change), KEYS)

    def test_refuses_a_line_that_is_far_too_long(self) -> None:
        with pytest.raises(NotTrusted, match="more than 16 KiB"):
            read_anchor(b" " * 20_000, KEYS)

    def test_refuses_every_mutation(self) -> None:
        accepted = []
        for name, changed in mutations(signed(), 1000, random.Random(4)):
            try:
                read_anchor(changed, KEYS)
            except NotTrusted:
                continue
            accepted.append(name)
        assert accepted == []


class TestReadAnchors:
    def test_names_each_row_once_and_the_newest_last(self) -> None:
        lines = [signed(anchor(7)), b"\n", signed(anchor(9, "b")), signed(anchor(9, "b")), signed(anchor(8))]

        found = read_anchors(lines, KEYS)

        assert (found.count, found.last, found.keyid) == (4, anchor(9, "b"), KEY.public.keyid)
        assert found.heads == (anchor(7).head, anchor(9, "b").head, anchor(8).head)

    def test_one_line_that_is_not_trusted_spoils_the_file(self) -> None:
        with pytest.raises(NotTrusted, match=r"^Line 2 is no anchor that can be trusted\. It is signed by"):
            read_anchors([signed(), signed(key=OTHER_KEY)], KEYS)

    @pytest.mark.parametrize("lines", [[], [b"\n", b"  \n"]])
    def test_a_file_without_an_anchor_shows_nothing(self, lines: list[bytes]) -> None:
        with pytest.raises(NotTrusted, match="There is no anchor in it"):
            read_anchors(lines, KEYS)
