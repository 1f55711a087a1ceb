"""Tests of envelopes: what is signed, how it is written, and that nothing else is read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.attestations import KEY
from tidegate.domain.canonical import canonical_json
from tidegate.domain.dsse import MOST_BYTES, Envelope, NotTrusted, read_envelope, signed_bytes

ENVELOPE = KEY.sign(b'{"a":1}')


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(ENVELOPE.to_bytes())
    change(document)
    return canonical_json(document)


class TestSignedBytes:
    def test_is_the_pre_authentication_encoding_of_the_specification(self) -> None:
        assert signed_bytes(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"

    def test_counts_bytes_and_not_letters(self) -> None:
        assert signed_bytes("ü".encode()).endswith(b" 2 \xc3\xbc")


class TestWrite:
    def test_is_canonical_json(self) -> None:
        assert canonical_json(json.loads(ENVELOPE.to_bytes())) == ENVELOPE.to_bytes()

    def test_the_same_payload_is_the_same_bytes(self) -> None:
        assert KEY.sign(b'{"a":1}').to_bytes() == ENVELOPE.to_bytes()


class TestRead:
    def test_reads_what_was_written(self) -> None:
        assert read_envelope(ENVELOPE.to_bytes()) == ENVELOPE

    def test_a_line_end_after_it_does_not_count_and_a_second_does(self) -> None:
        assert read_envelope(ENVELOPE.to_bytes() + b"\n") == ENVELOPE
        with pytest.raises(NotTrusted, match="Fetch it again"):
            read_envelope(ENVELOPE.to_bytes() + b"\n\n")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda d: d.pop("payloadType"), "The envelope lacks payloadType"),
            (lambda d: d.update(note=1), "The envelope holds 'note'"),
            (lambda d: d.update(payloadType="text/plain"), "payloadType is 'text/plain'"),
            (lambda d: d.update(signatures={}), "signatures holds no list of them"),
            (lambda d: d.update(signatures=[]), "signatures holds 0, and Tidegate signs once"),
            (lambda d: d["signatures"].append(d["signatures"][0]), "signatures holds 2"),
            (lambda d: d.update(signatures=["x"]), "The signature is not a JSON object"),
            (lambda d: d["signatures"][0].update(keyid="A" * 64), "keyid is not the SHA-256"),
            (lambda d: d["signatures"][0].update(keyid=None), "keyid is not the SHA-256"),
            (lambda d: d["signatures"][0].update(sig="AAAA"), "sig holds 3 bytes"),
            (lambda d: d["signatures"][0].update(sig=7), "sig is not base64"),
            (lambda d: d.update(payload="a"), "payload is not base64"),
            (lambda d: d.update(payload="YR=="), "payload is not base64"),
            (lambda d: d.update(payload="YQ=\n="), "payload is not base64"),
            (lambda d: d.update(payload="é"), "payload is not base64"),
        ],
    )
    def test_says_what_is_wrong(self, change: Callable[[dict[str, Any]], object], message: str) -> None:
        with pytest.raises(NotTrusted, match=message):
            read_envelope(changed(change))

    @pytest.mark.parametrize(
        "data", [b"", b"[", b"\xff", b"{}" * 3, b"[" * 100_000, '{"a":1}'.encode("utf-16")], ids=repr
    )
    def test_refuses_what_is_not_json(self, data: bytes) -> None:
        with pytest.raises(NotTrusted, match="The envelope is not JSON in UTF-8"):
            read_envelope(data)

    def test_refuses_what_is_json_and_no_object(self) -> None:
        with pytest.raises(NotTrusted, match="The envelope is not a JSON object"):
            read_envelope(b"[]")

    def test_refuses_a_member_that_stands_twice(self) -> None:
        twice = ENVELOPE.to_bytes().replace(b'{"payload"', b'{"payload":"","payload"', 1)
        with pytest.raises(NotTrusted, match="a member stands twice"):
            read_envelope(twice)

    def test_refuses_what_is_written_in_another_way(self) -> None:
        with pytest.raises(NotTrusted, match="Fetch it again"):
            read_envelope(json.dumps(json.loads(ENVELOPE.to_bytes()), indent=2).encode())

    def test_refuses_more_than_any_verdict_holds(self) -> None:
        large = Envelope(bytes(MOST_BYTES), ENVELOPE.keyid, ENVELOPE.signature).to_bytes()
        with pytest.raises(NotTrusted, match="more than 16 MiB"):
            read_envelope(large)

    def test_the_payload_comes_back_byte_for_byte(self) -> None:
        assert base64.b64decode(json.loads(ENVELOPE.to_bytes())["payload"]) == b'{"a":1}'
