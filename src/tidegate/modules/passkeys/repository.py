"""Queries over passkeys and their challenges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from tidegate.domain.passkeys import Passkey, PasskeyChallenge, PasskeyPurpose
from tidegate.kernel.db.repository import Repository
from tidegate.modules.passkeys.models import PasskeyChallengeRow, PasskeyRow


class PasskeyRepository(Repository[PasskeyRow]):
    """Passkeys by person and by what browsers call them."""

    model = PasskeyRow

    def insert(self, passkey: Passkey) -> None:
        """Write a new passkey."""
        self.add(
            PasskeyRow(
                id=passkey.id,
                user_name=passkey.user,
                name=passkey.name,
                credential_id=passkey.credential_id,
                public_key=passkey.public_key,
                handle=passkey.handle,
                sign_count=passkey.sign_count,
                created_at=passkey.created_at,
                last_used_at=passkey.last_used_at,
            )
        )

    def of(self, user: str) -> tuple[Passkey, ...]:
        """Return a person's passkeys, oldest first."""
        query = select(PasskeyRow).where(PasskeyRow.user_name == user).order_by(PasskeyRow.id)
        return tuple(_passkey(row) for row in self.session.scalars(query))

    def called(self, credential_id: str) -> Passkey | None:
        """Return the passkey that a browser calls so, locked until the transaction ends."""
        row = self.get_for_update(PasskeyRow.credential_id == credential_id)
        return _passkey(row) if row else None

    def change(self, passkey_id: str, **values: object) -> None:
        """Write other values into a passkey's row."""
        self.session.execute(update(PasskeyRow).where(PasskeyRow.id == passkey_id).values(**values))

    def remove(self, passkey_id: str) -> None:
        """Delete a passkey."""
        self.session.execute(delete(PasskeyRow).where(PasskeyRow.id == passkey_id))


class PasskeyChallengeRepository(Repository[PasskeyChallengeRow]):
    """Challenges by their digest."""

    model = PasskeyChallengeRow

    def insert(self, digest: str, challenge: PasskeyChallenge) -> None:
        """Write a new challenge."""
        self.add(
            PasskeyChallengeRow(
                digest=digest,
                purpose=str(challenge.purpose),
                user_name=challenge.user,
                handle=challenge.handle,
                browser=challenge.browser,
                expires_at=challenge.expires_at,
            )
        )

    def take(self, digest: str) -> PasskeyChallenge | None:
        """Return a challenge and delete it: of several that ask for it at once, one gets it."""
        taken = delete(PasskeyChallengeRow).where(PasskeyChallengeRow.digest == digest)
        row: Any = self.session.execute(
            taken.returning(
                PasskeyChallengeRow.purpose,
                PasskeyChallengeRow.user_name,
                PasskeyChallengeRow.handle,
                PasskeyChallengeRow.browser,
                PasskeyChallengeRow.expires_at,
            )
        ).one_or_none()
        if row is None:
            return None
        purpose = PasskeyPurpose(row.purpose)
        return PasskeyChallenge(purpose, row.user_name, row.handle, row.browser, row.expires_at)

    def forget_before(self, moment: datetime) -> None:
        """Delete what nobody answered in time."""
        self.session.execute(delete(PasskeyChallengeRow).where(PasskeyChallengeRow.expires_at < moment))


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(
        id=row.id,
        user=row.user_name,
        name=row.name,
        credential_id=row.credential_id,
        public_key=row.public_key,
        handle=row.handle,
        sign_count=row.sign_count,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
