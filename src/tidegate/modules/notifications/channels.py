"""Use cases of channels: add, change, test, remove them, and give one a new secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.catalog import checked_name
from tidegate.domain.channels import (
    Audience,
    Channel,
    ChannelKind,
    ChannelSecrets,
    ChannelTarget,
    SigningSecret,
    checked_audience,
    checked_target,
    shown_target,
)
from tidegate.domain.conditions import Condition, check_condition
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.outgoing import AddressPolicy
from tidegate.domain.principals import Principal
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.kernel.secret_cipher import SecretUnreadable
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.notifications.keeping import SecretKeeper
from tidegate.modules.notifications.ports import ChannelChange, ChannelWithSecret, NewChannel
from tidegate.modules.notifications.repository import ChannelRepository

LONGEST_OVERLAP = timedelta(days=30)


class ChannelService:
    """Keeps where notifications are told."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        channels: ChannelRepository,
        keeper: SecretKeeper,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
        new_secret: Callable[[], str],
        sends_mail: bool,
        outgoing: AddressPolicy,
    ) -> None:
        self._uow = uow
        self._channels = channels
        self._keeper = keeper
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock
        self._new_secret = new_secret
        self._sends_mail = sends_mail
        self._outgoing = outgoing

    def add(self, new: NewChannel) -> ChannelWithSecret:
        """Make a channel; a webhook's secret is in the answer alone. Raises `Conflict` and `Invalid`."""
        self._access.require(Permission.MANAGE_CHANNELS)
        checked_name("channel", new.name)
        target = self._reachable(checked_target(new.kind, new.target))
        if new.kind is ChannelKind.EMAIL and not self._sends_mail:
            why = "No e-mail can be sent yet: set SMTP_URL and SMTP_FROM, and start web and worker again."
            raise Invalid(why, (("/kind", why),))
        now = self._clock.now()
        secret = self._new_secret() if new.kind is ChannelKind.WEBHOOK else None
        channel = Channel(
            name=new.name,
            kind=new.kind,
            shown=shown_target(target),
            addresses=target.addresses,
            audience=self._audience(new.audience),
            enabled=new.enabled,
            edition=1,
            created_at=now,
            created_by=str(self._principal),
            updated_at=now,
        )
        signing = (SigningSecret(secret),) if secret is not None else ()
        with self._uow.transaction():
            self._channels.lock_name(new.name)
            if self._channels.channel(new.name) is not None:
                raise Conflict(f"There is a channel named {new.name!r} already. Choose another name.")
            self._channels.insert(channel, self._kept(channel, ChannelSecrets(target.url, signing)))
            self._note("channel.added", channel)
        return ChannelWithSecret(channel, secret)

    def change(self, name: str, change: ChannelChange, condition: Condition) -> Channel:
        """Change where a channel goes, what it tells, or whether it does; raises `Stale` and `Invalid`.

        Whatever it had to wait for after failures, it waits for no more. A webhook whose secret cannot be
        read any more has none with its new URL, and sends nothing before it was given one (`rotate`).
        """
        self._access.require(Permission.MANAGE_CHANNELS)
        with self._uow.transaction():
            known = self._for_update(name)
            check_condition(condition, "channel", name, known.edition)
            now, kept = self._clock.now(), None
            changed = replace(known, audience=self._audience(_changed(known.audience, change)))
            if change.enabled is not None:
                changed = replace(changed, enabled=change.enabled)
            if change.target is not None:
                target = self._reachable(checked_target(known.kind, change.target))
                changed = replace(changed, shown=shown_target(target), addresses=target.addresses)
                secrets = replace(self._secrets_or_none(known), url=target.url)
                kept = self._kept(known, secrets)
            elif changed == known:
                return known
            changed = replace(
                changed,
                edition=known.edition + 1,
                updated_at=now,
                failures=0,
                failing_since=None,
                held_until=None,
            )
            self._channels.save(changed, kept)
            self._note("channel.changed", changed)
        return changed

    def rotate(self, name: str, *, overlap: timedelta) -> ChannelWithSecret:
        """Give a webhook a new secret; the one so far signs beside it until `overlap` is over.

        Raises `Conflict` for a channel that signs nothing, and `SecretUnreadable` where its URL has to be
        given again before.
        """
        self._access.require(Permission.MANAGE_CHANNELS)
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            why = f"The secret so far can go on for 0 to {LONGEST_OVERLAP.days * 24} hours."
            raise Invalid(why, (("/overlap_hours", why),))
        with self._uow.transaction():
            known = self._for_update(name)
            if known.kind is not ChannelKind.WEBHOOK:
                raise Conflict(
                    f"The channel {name!r} signs nothing, so it has no secret. Its URL is one: change that."
                )
            now, secret = self._clock.now(), self._new_secret()
            old = self._keeper.open(name, self._channels.kept_secrets(name))
            going = [SigningSecret(one.text, now + overlap) for one in old.secrets[:1]] if overlap else []
            secrets = replace(old, secrets=(SigningSecret(secret), *going))
            until = now + overlap if overlap else None
            changed = replace(known, edition=known.edition + 1, updated_at=now, old_secret_until=until)
            self._channels.save(changed, self._kept(changed, secrets))
            self._note("channel.rotated", changed)
        return ChannelWithSecret(changed, secret)

    def remove(self, name: str) -> Channel:
        """Tell a channel no more, what waits for it included; raises `NotFound`."""
        self._access.require(Permission.MANAGE_CHANNELS)
        with self._uow.transaction():
            known = self._for_update(name)
            self._channels.remove(name)
            self._note("channel.removed", known)
        return known

    def channel(self, name: str) -> Channel:
        """Return a channel; raises `NotFound`."""
        self._access.require(Permission.READ_NOTIFICATIONS)
        found = self._channels.channel(name)
        if found is None:
            raise NotFound("channel", name)
        return found

    def channels(self, request: PageRequest) -> Page[Channel]:
        """Return one page of channels, in the order of their names."""
        self._access.require(Permission.READ_NOTIFICATIONS)
        return self._channels.page(request)

    def _for_update(self, name: str) -> Channel:
        found = self._channels.channel_for_update(name)
        if found is None:
            raise NotFound("channel", name)
        return found

    def _reachable(self, target: ChannelTarget) -> ChannelTarget:
        """Refuse a URL at once to which nothing would be sent: later the worker alone would say so."""
        parts = urlsplit(target.url)
        refusal = self._outgoing.known_refusal(parts.hostname or "", secure=parts.scheme == "https")
        if target.url and refusal is not None:
            why = f"Nothing is sent to {parts.hostname}: {refusal}."
            raise Invalid(why, (("/url", why),))
        return target

    def _audience(self, audience: Audience) -> Audience:
        """Return an audience whose components and environments are there: a typo would be told nothing."""
        checked = checked_audience(audience)
        faults: list[tuple[str, str]] = []
        for where, names, known in (
            ("/components", checked.components, self._catalog.component),
            ("/environments", checked.environments, self._catalog.environment),
        ):
            for name in names:
                try:
                    known(name)
                except NotFound as missing:
                    faults.append((where, str(missing)))
        if faults:
            raise Invalid(f"This channel would not be told of what you mean: {faults[0][1]}", tuple(faults))
        return checked

    def _secrets_or_none(self, channel: Channel) -> ChannelSecrets:
        """Return what a channel signs with; nothing where it signs not, or where that cannot be read."""
        if channel.kind is not ChannelKind.WEBHOOK:
            return ChannelSecrets()
        try:
            return self._keeper.open(channel.name, self._channels.kept_secrets(channel.name))
        except SecretUnreadable:
            return ChannelSecrets()

    def _kept(self, channel: Channel, secrets: ChannelSecrets) -> str | None:
        return None if channel.kind is ChannelKind.EMAIL else self._keeper.close(channel.name, secrets)

    def _note(self, action: str, channel: Channel) -> None:
        audience = channel.audience
        details: dict[str, Json] = {
            "kind": str(channel.kind),
            "to": channel.shown,
            "events": [str(kind) for kind in audience.kinds],
            "components": list(audience.components),
            "environments": list(audience.environments),
            "enabled": channel.enabled,
        }
        self._audit.append(action=action, subject=f"channel:{channel.name}", details=details)


def _changed(audience: Audience, change: ChannelChange) -> Audience:
    return Audience(
        audience.kinds if change.kinds is None else change.kinds,
        audience.components if change.components is None else change.components,
        audience.environments if change.environments is None else change.environments,
    )
