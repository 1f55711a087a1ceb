"""Passkeys (WebAuthn level 2): what a browser is asked, and whether its answer is right.

A passkey has to verify its person (a fingerprint, a PIN) and to know the person's account by itself. Which
maker it is of is not asked for.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tidegate.domain.errors import TidegateError

LONGEST_ANSWER = 20_000
HANDLE_BYTES = 32
CHALLENGE_BYTES = 32


class PasskeyRefused(TidegateError):
    """A browser's answer does not prove what it should; the text says why, for the log."""


@dataclass(frozen=True, slots=True)
class PasskeyAccount:
    """Whose passkey is asked for: `handle` names the account to the authenticator and tells nothing."""

    name: str
    handle: bytes


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """What an authenticator made: `credential_id` is base64url, `public_key` is COSE."""

    credential_id: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class PasskeyAnswer:
    """What a browser's answer says of itself: which passkey, to which challenge, for which account."""

    credential_id: str
    challenge: bytes
    handle: str | None


class _ClientResponse(msgspec.Struct, frozen=True):
    clientDataJSON: str
    userHandle: str | None = None


class _ClientAnswer(msgspec.Struct, frozen=True):
    id: str
    response: _ClientResponse


class _ClientData(msgspec.Struct, frozen=True):
    challenge: str


class PasskeyVerifier:
    """Asks for passkeys of one origin, such as `https://tidegate.example.org`, and verifies them."""

    def __init__(self, *, origin: str, relying_party: str) -> None:
        self._origin = origin
        self._relying_party = relying_party

    def creation_options(self, account: PasskeyAccount, *, challenge: bytes, known: Sequence[str]) -> str:
        """Return as JSON what a browser is asked that is to make a passkey; the `known` ones are there."""
        import webauthn  # it takes a third of a second, which most processes never need
        from webauthn.helpers import structs

        return webauthn.options_to_json(
            webauthn.generate_registration_options(
                rp_id=self._relying_party,
                rp_name="Tidegate",
                user_name=account.name,
                user_display_name=account.name,
                user_id=account.handle,
                challenge=challenge,
                authenticator_selection=structs.AuthenticatorSelectionCriteria(
                    resident_key=structs.ResidentKeyRequirement.REQUIRED,
                    user_verification=structs.UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[
                    structs.PublicKeyCredentialDescriptor(id=decode_base64url(one)) for one in known
                ],
            )
        )

    def request_options(self, *, challenge: bytes, known: Sequence[str] = ()) -> str:
        """Return as JSON what a browser is asked for that is to use a passkey: one of `known`, or any."""
        import webauthn
        from webauthn.helpers import structs

        return webauthn.options_to_json(
            webauthn.generate_authentication_options(
                rp_id=self._relying_party,
                challenge=challenge,
                allow_credentials=[
                    structs.PublicKeyCredentialDescriptor(id=decode_base64url(one)) for one in known
                ],
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            )
        )

    def made(self, answer: str, *, challenge: bytes) -> MadePasskey:
        """Return the passkey that a browser's answer brings; raises `PasskeyRefused`."""
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            found = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._relying_party,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError) as error:
            raise PasskeyRefused(str(error)) from error
        return MadePasskey(
            encode_base64url(found.credential_id), found.credential_public_key, found.sign_count
        )

    def used(self, answer: str, *, challenge: bytes, public_key: bytes, sign_count: int) -> int:
        """Return the counter of the passkey that made this answer; raises `PasskeyRefused`.

        A counter that does not rise is refused: somebody may have copied the passkey.
        """
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            found = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._relying_party,
                expected_origin=self._origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError) as error:
            raise PasskeyRefused(str(error)) from error
        return found.new_sign_count


def read_answer(answer: str) -> PasskeyAnswer:
    """Return what an answer says of itself, of which nothing is proved yet; raises `PasskeyRefused`."""
    try:
        if len(answer) > LONGEST_ANSWER:
            raise ValueError(f"more than {LONGEST_ANSWER:,} characters")
        given = msgspec.json.decode(answer, type=_ClientAnswer)
        told = msgspec.json.decode(decode_base64url(given.response.clientDataJSON), type=_ClientData)
        return PasskeyAnswer(given.id, decode_base64url(told.challenge), given.response.userHandle)
    except (ValueError, msgspec.DecodeError) as error:
        raise PasskeyRefused(f"it is not what a passkey answers ({error})") from error


def encode_base64url(content: bytes) -> str:
    """Write bytes as WebAuthn does: base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Read what `encode_base64url` wrote; raises `ValueError`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
