"""Queries over one-time codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from tidegate.domain.identities import OneTimeCode
from tidegate.kernel.db.repository import Repository
from tidegate.modules.identity.models import OneTimeCodeRow


class CodeRepository(Repository[OneTimeCodeRow]):
    """One-time codes by their digests."""

    model = OneTimeCodeRow

    def insert(self, code: OneTimeCode) -> None:
        """Write a new code."""
        self.add(
            OneTimeCodeRow(
                digest=code.digest,
                purpose=code.purpose,
                user_name=code.user,
                created_at=code.created_at,
                created_by=code.created_by,
                expires_at=code.expires_at,
            )
        )

    def valid(self, digest: str, purpose: str, *, at: datetime) -> OneTimeCode | None:
        """Return a code that still works; of several who ask at once the others wait for the first."""
        row = self.get_for_update(
            OneTimeCodeRow.digest == digest, OneTimeCodeRow.purpose == purpose, OneTimeCodeRow.expires_at > at
        )
        return _code(row) if row else None

    def use_up(self, digest: str) -> None:
        """Delete a code."""
        self.session.execute(delete(OneTimeCodeRow).where(OneTimeCodeRow.digest == digest))

    def forget(self, purpose: str, *, user: str | None = None) -> None:
        """Delete the codes of a purpose, of one person where one is named."""
        query = delete(OneTimeCodeRow).where(OneTimeCodeRow.purpose == purpose)
        self.session.execute(query if user is None else query.where(OneTimeCodeRow.user_name == user))

    def forget_before(self, moment: datetime) -> None:
        """Delete what has run out."""
        self.session.execute(delete(OneTimeCodeRow).where(OneTimeCodeRow.expires_at <= moment))


def _code(row: OneTimeCodeRow) -> OneTimeCode:
    return OneTimeCode(row.digest, row.purpose, row.user_name, row.created_at, row.created_by, row.expires_at)
