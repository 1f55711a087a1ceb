"""The table of what is said of flags."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.flags import LONGEST_NAME, LONGEST_REASON
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import UtcDateTime


class FlagSettingRow(Base):
    """A flag that somebody switched in an environment; an empty one stands for all of them."""

    __tablename__ = "flag_settings"

    flag: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    environment: Mapped[str] = mapped_column(String(100), primary_key=True)
    enabled: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    set_by: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
