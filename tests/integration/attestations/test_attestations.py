"""Signed verdicts through the API: what is signed, what is refused, which keys are published."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.api import COMMIT, Api, junit, make_api
from tests.support.attestations import ARTIFACT, KEY, OTHER_KEY, VERIFIER
from tidegate.domain.dsse import MEDIA_TYPE
from tidegate.domain.signed_verdicts import SignedVerdict, read_signed_verdict
from tidegate.domain.signing import by_keyid
from tidegate.kernel.db.engine import Database
from tidegate.kernel.signing_keys import Keyring
from tidegate.modules.attestations.wiring import _check

SECRET = KEY.private_pem().splitlines()[1]


@pytest.fixture
def signing(database: Database, tmp_path: Path) -> Api:
    """An API that signs, with a key of before."""
    (tmp_path / "signing.pem").write_text(KEY.private_pem())
    variables = {"SIGNING_KEY_FILE": str(tmp_path / "signing.pem"), "VERIFIER_ID": VERIFIER}
    made = make_api(database, tmp_path / "api", SIGNING_OLD_KEYS=OTHER_KEY.public.pem, **variables)
    made.set_up()
    return made


def submitted(api: Api, *, failed: int = 0) -> str:
    """Submit tests and return the id of the verdict that comes back."""
    verdicts = api.submit(junit(failed=failed)).get_json()["verdicts"]
    return str(verdicts[0]["id"])


def read(data: bytes) -> SignedVerdict:
    return read_signed_verdict(data, by_keyid([KEY.public]))


def statement(data: bytes) -> Any:
    return json.loads(base64.b64decode(json.loads(data)["payload"]))


class TestAttestation:
    def test_a_passing_verdict_is_signed_in_both_ways(self, signing: Api) -> None:
        verdict_id = submitted(signing)
        whole = signing.get(f"/verdicts/{verdict_id}/attestation")
        summary = signing.get(f"/verdicts/{verdict_id}/vsa")
        assert (whole.status_code, whole.content_type) == (200, MEDIA_TYPE)
        assert (summary.status_code, summary.content_type) == (200, MEDIA_TYPE)
        for found in (read(whole.data), read(summary.data)):
            assert (found.passed, found.subject.component, found.subject.revision) == (
                True,
                "harbour",
                COMMIT,
            )
            assert (found.gate, found.verifier) == ("production", VERIFIER)
        assert read(whole.data).expires == read(whole.data).at + timedelta(hours=24)

    def test_holds_what_the_verdict_says_to_the_letter(self, signing: Api) -> None:
        verdict_id = submitted(signing, failed=1)
        stored = signing.get(f"/verdicts/{verdict_id}").get_json()
        signed = statement(signing.get(f"/verdicts/{verdict_id}/attestation").data)["predicate"]
        assert signed["verdict"]["document"] == stored["verdict"]
        assert f"sha256:{signed['verdict']['digest']['sha256']}" == stored["digest"]
        gate = signing.get("/gates/production").get_json()
        assert f"sha256:{signed['gate']['digest']['sha256']}" == gate["digest"]

    def test_the_same_verdict_is_the_same_bytes(self, signing: Api) -> None:
        path = f"/verdicts/{submitted(signing)}/attestation"
        first = signing.get(path)
        signing.clock.advance(timedelta(days=40))
        again = signing.get(path)
        assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
        fresh = signing.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (fresh.status_code, fresh.data) == (304, b"")

    def test_a_failing_verdict_is_signed_as_what_it_is_and_never_as_a_summary(self, signing: Api) -> None:
        verdict_id = submitted(signing, failed=1)
        assert read(signing.get(f"/verdicts/{verdict_id}/attestation").data).passed is False
        refused = signing.get(f"/verdicts/{verdict_id}/vsa")
        assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/conflict")
        assert "is fail" in refused.get_json()["detail"]

    def test_names_the_artifact_once_it_is_known(self, signing: Api) -> None:
        path = f"/verdicts/{submitted(signing)}/vsa"
        assert read(signing.get(path).data).artifact is None
        revision = f"/components/harbour/revisions/{COMMIT}"
        assert signing.put(revision, {"artifact": ARTIFACT}).status_code == 200
        assert read(signing.get(path).data).artifact == ARTIFACT

    def test_a_record_that_somebody_changed_is_not_signed(self, signing: Api, database: Database) -> None:
        verdict_id = submitted(signing, failed=1)
        with database.engine.begin() as connection:
            connection.execute(
                text("UPDATE verdicts SET state = 'pass', document = replace(document, 'fail', 'pass')")
            )
        for path in ("attestation", "vsa"):
            refused = signing.get(f"/verdicts/{verdict_id}/{path}")
            assert refused.status_code == 409
            assert "does not come out of its inputs" in refused.get_json()["detail"]

    @pytest.mark.parametrize("path", ["attestation", "vsa"])
    def test_there_is_none_of_a_verdict_that_is_not_there(self, signing: Api, path: str) -> None:
        assert signing.get(f"/verdicts/none/{path}").status_code == 404

    @pytest.mark.parametrize("path", ["attestation", "vsa"])
    def test_without_a_key_the_answer_names_the_setting(self, api: Api, path: str) -> None:
        api.set_up()
        answer = api.get(f"/verdicts/{submitted(api)}/{path}")
        assert answer.status_code == 404
        assert "SIGNING_KEY_FILE" in answer.get_json()["detail"]


class TestKeys:
    def test_are_public_and_cached_the_one_in_use_first(self, signing: Api) -> None:
        answer = signing.client.get("/.well-known/tidegate-keys.json")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
        keys = answer.get_json()["keys"]
        assert [(key["kid"], key["pem"], key["signs"]) for key in keys] == [
            (KEY.public.keyid, KEY.public.pem, True),
            (OTHER_KEY.public.keyid, OTHER_KEY.public.pem, False),
        ]
        assert {(key["kty"], key["crv"], key["use"]) for key in keys} == {("OKP", "Ed25519", "sig")}
        assert base64.urlsafe_b64decode(keys[0]["x"] + "=") == KEY.public.raw

    def test_there_are_none_without_one(self, api: Api) -> None:
        answer = api.client.get("/.well-known/tidegate-keys.json")
        assert (answer.status_code, "SIGNING_KEY_FILE" in answer.get_json()["detail"]) == (404, True)

    def test_old_ones_stay_where_nothing_is_signed_any_more(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", SIGNING_OLD_KEYS=OTHER_KEY.public.pem)
        keys = api.client.get("/.well-known/tidegate-keys.json").get_json()["keys"]
        assert [(key["kid"], key["signs"]) for key in keys] == [(OTHER_KEY.public.keyid, False)]
        api.set_up()
        assert api.get(f"/verdicts/{submitted(api)}/vsa").status_code == 404

    def test_what_was_signed_before_a_rotation_still_verifies(
        self, signing: Api, database: Database, tmp_path: Path
    ) -> None:
        before = signing.get(f"/verdicts/{submitted(signing)}/vsa").data
        rotated = make_api(
            database,
            tmp_path / "rotated",
            SIGNING_KEY=OTHER_KEY.private_pem(),
            SIGNING_OLD_KEYS=KEY.public.pem + OTHER_KEY.public.pem,
        )
        published = rotated.client.get("/.well-known/tidegate-keys.json").get_json()["keys"]
        assert [(key["kid"], key["signs"]) for key in published] == [
            (OTHER_KEY.public.keyid, True),
            (KEY.public.keyid, False),
        ]
        assert read(before).passed


class TestHealth:
    def test_says_which_key_signs(self, signing: Api) -> None:
        check = signing.client.get("/health").get_json(force=True)["checks"]["signing"][0]
        assert check["status"] == "pass"
        assert check["output"] == f"On: key {KEY.public.keyid} signs, and 1 older key verifies."

    def test_says_that_nothing_is_signed(self, api: Api) -> None:
        check = api.client.get("/health").get_json(force=True)["checks"]["signing"][0]
        assert (check["status"], check["output"].startswith("Off:")) == ("pass", True)

    def test_fails_where_a_signature_does_not_verify(self) -> None:
        broken = type(KEY)(OTHER_KEY._key)
        broken.public = KEY.public
        with pytest.raises(Exception, match="does not verify"):
            _check(Keyring(VERIFIER, broken))

    def test_counts_the_keys_of_before(self) -> None:
        assert _check(Keyring(VERIFIER, KEY)).endswith("signs.")
        assert _check(Keyring(VERIFIER, KEY, (OTHER_KEY.public, KEY.public))).endswith(
            "1 older key verifies."
        )


def test_no_log_line_and_no_answer_holds_the_key(signing: Api, capsys: pytest.CaptureFixture[str]) -> None:
    from tidegate.kernel.logging import logger

    verdict_id = submitted(signing)
    answers = [
        signing.get(f"/verdicts/{verdict_id}/attestation").text,
        signing.client.get("/.well-known/tidegate-keys.json").text,
        signing.client.get("/health").text,
    ]
    logger().info("careless", key=KEY.private_pem())
    printed = capsys.readouterr().out
    assert "careless" in printed
    assert not any(SECRET in text for text in (*answers, printed))
