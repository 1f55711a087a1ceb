"""Signing: the key that verdicts are signed with, the keys of before, and whose word counts here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.domain.times import is_timezone
from tidegate.environment import VariableReader, variable

GROUP = "Signing"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


@dataclass(frozen=True, kw_only=True)
class SigningSettings:
    """With what verdicts and the audit log's head are signed, and by what strangers know whose they are."""

    signing_key: str = variable(
        "",
        "SIGNING_KEY",
        "The key that signs verdicts: an Ed25519 private key in PEM (PKCS#8); give it as SIGNING_KEY_FILE. "
        "`tidegate keys create signing.pem` makes one. Without it verdicts are not signed.",
        group=GROUP,
        secret=True,
        shown_default="none: verdicts are not signed",
    )
    signing_old_keys: str = variable(
        "",
        "SIGNING_OLD_KEYS",
        "Public keys, one PEM block after the other, that signed before: they stay published, so that what "
        "they signed can be verified. Best given as SIGNING_OLD_KEYS_FILE.",
        group=GROUP,
        shown_default="none",
    )
    provenance_keys: tuple[str, ...] = variable(
        (),
        "PROVENANCE_KEYS",
        "Files of public keys (PEM; Ed25519, ECDSA on P-256 or P-384), with commas between them, of the "
        "builders whose provenance counts. Provenance that none of them has signed has not run.",
        group=GROUP,
        shown_default="none: no provenance counts",
    )
    report_timezone: str = variable(
        "",
        "REPORT_TIMEZONE",
        "The time zone in which the pipelines' tools write times that name none, such as `UTC` or "
        "`Europe/Berlin`. Where it is not known, such a report counts as old as it can be.",
        group=GROUP,
        shown_default="none: the oldest that it can be",
    )
    verifier_id: str = variable(
        "tidegate:server",
        "VERIFIER_ID",
        "The URI under which signed verdicts name this installation as their verifier, such as "
        "`https://tidegate.example.org`.",
        group=GROUP,
    )
    audit_anchor_file: str = variable(
        "",
        "AUDIT_ANCHOR_FILE",
        "A file to which the worker adds the audit log's head, signed with SIGNING_KEY, so that a log that "
        "is rewritten as a whole is found out. Keep it where whoever can write the database cannot.",
        group=GROUP,
        shown_default="none",
    )
    audit_anchor_log: bool = variable(
        False,
        "AUDIT_ANCHOR_LOG",
        "Whether the worker writes the signed head into its own log as well, as `audit.anchored`.",
        group=GROUP,
    )
    audit_anchor_minutes: int = variable(
        60,
        "AUDIT_ANCHOR_MINUTES",
        "Minutes from one signed head of the audit log to the next; `/health` fails where one is late.",
        group=GROUP,
        least=1,
    )

    @property
    def audit_anchored(self) -> bool:
        """Whether the audit log's head is signed and kept somewhere."""
        return bool(self.audit_anchor_file) or self.audit_anchor_log


def check_signing(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse what cannot sign or verify before a verdict waits for it; no part of a key is shown."""
    if not _URI.fullmatch(values["verifier_id"]):
        environment.faults.append(
            f"VERIFIER_ID: {values['verifier_id']!r} is not a URI such as https://tidegate.example.org."
        )
    if not values["signing_key"] and (values["audit_anchor_file"] or values["audit_anchor_log"]):
        name = "AUDIT_ANCHOR_FILE" if values["audit_anchor_file"] else "AUDIT_ANCHOR_LOG"
        environment.faults.append(
            f"{name}: anchors of the audit log are signed, and there is no key: give one as SIGNING_KEY_FILE "
            "(`tidegate keys create signing.pem` makes it)."
        )
    _check_provenance_keys(environment, values["provenance_keys"])
    if values["report_timezone"] and not is_timezone(values["report_timezone"]):
        environment.faults.append(
            f"REPORT_TIMEZONE: {values['report_timezone']!r} is not the name of a time zone, such as UTC or "
            "Europe/Berlin."
        )
    if not values["signing_key"] and not values["signing_old_keys"]:
        return
    # Slow to import, and needed where there are keys alone.
    from tidegate.domain.signing import KeyRefused, SigningKey, read_public_keys

    for name, read in (("signing_key", SigningKey.from_pem), ("signing_old_keys", read_public_keys)):
        try:
            if values[name]:
                read(values[name])
        except KeyRefused as error:
            environment.faults.append(f"{name.upper()}: {error}")


def _check_provenance_keys(environment: VariableReader, files: tuple[str, ...]) -> None:
    """Refuse a file without keys that verify, before provenance waits for it."""
    if not files:
        return
    from tidegate.domain.signing import KeyRefused
    from tidegate.domain.trusted_keys import read_trusted_keys

    for file in files:
        try:
            read_trusted_keys([Path(file).read_text("utf-8")])
        except (OSError, UnicodeDecodeError):
            environment.faults.append(f"PROVENANCE_KEYS: {file!r} is not a file that can be read as text.")
        except KeyRefused as error:
            environment.faults.append(f"PROVENANCE_KEYS: {file!r}: {error}")


def secret_lines(pem: str) -> tuple[str, ...]:
    """Return the lines of a key that must appear nowhere; its first and last line say nothing."""
    return tuple(line for line in pem.splitlines() if line and "-----" not in line)
