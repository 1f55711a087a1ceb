"""The declarative base of every table, with named constraints so that migrations and errors can name them."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

# A key of `Column.info`: its digests name reports in the blob store, so that a backup has to take them along.
BLOB = "blob"
# Keys of `Table.info`, for a copy to another database: rows are added and removed but never edited, and no
# key comes back for another row, so that keys tell everything; rows are written by triggers alone.
UNCHANGING = "unchanging"
BY_TRIGGER = "by_trigger"


class Base(DeclarativeBase):
    """Every module's tables inherit from this."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
