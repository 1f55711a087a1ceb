"""Queries of what is said of flags; rows leave as the domain's dataclasses."""

from __future__ import annotations

from sqlalchemy import delete, select

from tidegate.domain.flags import FlagSetting
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.modules.flags.models import FlagSettingRow

_SETTINGS = table_of(FlagSettingRow)


class FlagSettingRepository(Repository[FlagSettingRow]):
    """Settings by flag and environment."""

    model = FlagSettingRow

    def settings(self) -> tuple[FlagSetting, ...]:
        """Return everything that is said, also of flags that are declared no more."""
        order = (FlagSettingRow.flag, FlagSettingRow.environment)
        rows = self.session.scalars(select(FlagSettingRow).order_by(*order)).all()
        return tuple(_setting(row) for row in rows)

    def setting(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what is said of a flag in an environment, or everywhere."""
        row = self.one_or_none(FlagSettingRow.flag == flag, FlagSettingRow.environment == environment)
        return _setting(row) if row is not None else None

    def put(self, setting: FlagSetting) -> None:
        """Say this from now on, whatever was said before; the flag's name has to be locked."""
        self.remove(setting.flag, setting.environment)
        self._uow.execute(_SETTINGS.insert(), {name: getattr(setting, name) for name in setting.__slots__})

    def remove(self, flag: str, environment: str) -> None:
        """Say nothing of a flag in an environment."""
        where = (_SETTINGS.c.flag == flag, _SETTINGS.c.environment == environment)
        self._uow.execute(delete(_SETTINGS).where(*where))


def _setting(row: FlagSettingRow) -> FlagSetting:
    return FlagSetting(
        flag=row.flag,
        environment=row.environment,
        enabled=row.enabled,
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
    )
