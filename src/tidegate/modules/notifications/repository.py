"""Queries of channels; rows leave as the domain's dataclasses, secrets as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import case, delete, select, update

from tidegate.domain.channels import Audience, Channel, ChannelKind
from tidegate.domain.notifications import NotificationKind
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.notifications.models import NotificationChannelRow, NotificationDeliveryRow

_CHANNELS = table_of(NotificationChannelRow)
_ALL = select(_CHANNELS).order_by(_CHANNELS.c.name)


class ChannelRepository(Repository[NotificationChannelRow]):
    """Channels by their names."""

    model = NotificationChannelRow

    def channel(self, name: str) -> Channel | None:
        """Return a channel."""
        row = self.one_or_none(NotificationChannelRow.name == name)
        return _channel(row) if row is not None else None

    def channel_for_update(self, name: str) -> Channel | None:
        """Return a channel as it is now, locked until the transaction ends."""
        row = self.get_for_update(NotificationChannelRow.name == name)
        return _channel(row) if row is not None else None

    def all(self) -> tuple[Channel, ...]:
        """Return every channel: there are few, and each event is for some of them."""
        return tuple(map(_channel, self._uow.execute(_ALL)))

    def all_kept(self) -> tuple[Channel, ...]:
        """Return every channel, of which none is removed until the transaction ends; they may be edited."""
        return tuple(map(_channel, self._uow.execute(_ALL.with_for_update(read=True, key_share=True))))

    def page(self, request: PageRequest) -> Page[Channel]:
        """Return one page of channels, in the order of their names."""
        by = [NotificationChannelRow.name]
        return self.paginate(select(NotificationChannelRow), request, by=by, convert=_channel)

    def kept_secrets(self, name: str) -> str | None:
        """Return the encrypted secrets of a channel; None where it has none, or there is no such channel."""
        query = select(_CHANNELS.c.secrets).where(_CHANNELS.c.name == name)
        return cast("str | None", self._uow.execute(query).scalar_one_or_none())

    def insert(self, channel: Channel, secrets: str | None) -> None:
        """Write a new channel."""
        self._uow.execute(_CHANNELS.insert(), {**_columns(channel), "secrets": secrets})

    def save(self, channel: Channel, secrets: str | None = None) -> None:
        """Write a channel as it is, and its secrets where there are new ones."""
        values = _columns(channel) | ({"secrets": secrets} if secrets is not None else {})
        self._uow.execute(update(_CHANNELS).where(_CHANNELS.c.name == channel.name).values(values))

    def remove(self, name: str) -> None:
        """Delete a channel and its deliveries."""
        deliveries = table_of(NotificationDeliveryRow)
        self._uow.execute(delete(deliveries).where(deliveries.c.channel == name))
        self._uow.execute(delete(_CHANNELS).where(_CHANNELS.c.name == name))

    def worked(self, names: Sequence[str]) -> None:
        """Note that something was delivered to these channels."""
        values = {"failures": 0, "failing_since": None, "held_until": None}
        this = _CHANNELS.c.name.in_(names) & (_CHANNELS.c.failures > 0)
        self._uow.execute(update(_CHANNELS).where(this).values(values))

    def failed(self, name: str, *, failures: int, now: datetime, held_until: datetime) -> None:
        """Note that attempts failed: nothing is sent to the channel before then."""
        later = (_CHANNELS.c.held_until.is_(None)) | (_CHANNELS.c.held_until < held_until)
        since = case((_CHANNELS.c.failing_since.is_(None), now), else_=_CHANNELS.c.failing_since)
        this = update(_CHANNELS).where(_CHANNELS.c.name == name)
        self._uow.execute(this.values(failures=_CHANNELS.c.failures + failures, failing_since=since))
        self._uow.execute(this.where(later).values(held_until=held_until))


def _columns(channel: Channel) -> dict[str, object]:
    values = {name: getattr(channel, name) for name in channel.__slots__ if name != "audience"}
    audience = channel.audience
    return {
        **values,
        "addresses": list(channel.addresses),
        "kinds": [str(kind) for kind in audience.kinds],
        "components": list(audience.components),
        "environments": list(audience.environments),
    }


def _channel(row: NotificationChannelRow | Any) -> Channel:
    return Channel(
        name=row.name,
        kind=ChannelKind(row.kind),
        shown=row.shown,
        addresses=tuple(row.addresses),
        audience=Audience(
            tuple(NotificationKind(kind) for kind in row.kinds),
            tuple(row.components),
            tuple(row.environments),
        ),
        enabled=row.enabled,
        edition=row.edition,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        failures=row.failures,
        failing_since=row.failing_since,
        held_until=row.held_until,
        old_secret_until=row.old_secret_until,
    )
