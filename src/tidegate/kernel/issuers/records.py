"""What is known of an issuer, in the process and in the database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from tidegate.domain.canonical import Json
from tidegate.domain.outgoing import OutgoingFailed
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.issuers.keys import VerifyingKey, read_keys
from tidegate.kernel.issuers.models import IssuerRow

COOL_DOWN = timedelta(seconds=60)
"""How long an issuer is left alone after it was asked, by all processes together."""


@dataclass(frozen=True, slots=True)
class PublishedIssuer:
    """What an issuer published: the texts of its discovery document, and the keys that can be used."""

    issuer: str
    endpoints: Mapping[str, str]
    keys: tuple[VerifyingKey, ...]
    fetched_at: datetime

    def endpoint(self, name: str) -> str:
        """Return a text of the discovery document, such as `token_endpoint`; raises `OutgoingFailed`."""
        found = self.endpoints.get(name)
        if found is None:
            raise OutgoingFailed(self.issuer, f"its discovery document says no {name!r}")
        return found

    def has_key(self, kid: str | None) -> bool:
        """Tell whether there is a key of this name; any will do where none is named."""
        return any(kid in (None, key.kid) for key in self.keys)


@dataclass(frozen=True, slots=True)
class IssuerState:
    """An issuer as the database knows it; `published` is None until it answered once."""

    published: PublishedIssuer | None
    asked_at: datetime
    failure: str | None


class IssuerCache:
    """What one process knows of issuers, and when it last looked into the database for more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, PublishedIssuer] = {}
        self._looked: dict[str, datetime] = {}

    def find(self, issuer: str) -> PublishedIssuer | None:
        """Return what is known."""
        return self._known.get(issuer)

    def keep(self, published: PublishedIssuer) -> None:
        """Know this from now on."""
        self._known[published.issuer] = published

    def may_look(self, issuer: str, now: datetime, every: timedelta) -> bool:
        """Tell whether it is time to look for news, and note that it is done."""
        with self._lock:
            last = self._looked.get(issuer)
            if last is not None and timedelta(0) <= now - last < every:
                return False
            self._looked[issuer] = now
            return True


class IssuerRepository(Repository[IssuerRow]):
    """Issuers by their URL."""

    model = IssuerRow

    def state(self, issuer: str) -> IssuerState | None:
        """Return what is recorded of an issuer."""
        row = self.one_or_none(IssuerRow.issuer == issuer)
        return _state(row) if row is not None else None

    def claim(self, issuer: str, now: datetime) -> bool:
        """Note that an issuer is asked now; False where it was asked within the cool-down."""
        self.lock_name(issuer)
        row = self.get_for_update(IssuerRow.issuer == issuer)
        if row is None:
            self.add(IssuerRow(issuer=issuer, asked_at=now, fetched_at=None, failure=None))
            return True
        if timedelta(0) <= now - row.asked_at < COOL_DOWN:
            return False
        self._change(issuer, asked_at=now)
        return True

    def write(self, published: PublishedIssuer) -> None:
        """Write what an issuer published."""
        self._change(
            published.issuer,
            endpoints=dict(published.endpoints),
            keys={"keys": [key.document for key in published.keys]},
            fetched_at=published.fetched_at,
            failure=None,
        )

    def write_failure(self, issuer: str, failure: str) -> None:
        """Write why an issuer did not answer; the keys that it had are kept."""
        self._change(issuer, failure=failure[:500])

    def _change(self, issuer: str, **values: object) -> None:
        self.session.execute(update(IssuerRow).where(IssuerRow.issuer == issuer).values(**values))


def texts_of(document: Json) -> dict[str, str]:
    """Return the texts of a discovery document, and its short lists of texts as words."""
    texts: dict[str, str] = {}
    for name, value in list((document if isinstance(document, dict) else {}).items())[:200]:
        words = value if isinstance(value, list) else [value]
        written = " ".join(word for word in words if isinstance(word, str))
        if isinstance(value, bool):
            written = "true" if value else "false"
        if written and len(name) <= 100 and len(written) <= 2000:
            texts[name] = written
    return texts


def _state(row: IssuerRow) -> IssuerState:
    published = None
    if row.fetched_at is not None:
        keys = read_keys(row.keys)
        published = PublishedIssuer(row.issuer, texts_of(row.endpoints), keys, row.fetched_at)
    return IssuerState(published, row.asked_at, row.failure)
