"""`tidegate channel` and `tidegate notification`: where incidents are told, on the server's own machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from tidegate.cli.installation import configured_work
from tidegate.cli.terminal import open_terminal

if TYPE_CHECKING:
    from tidegate.domain.channels import Channel
    from tidegate.kernel.container import Work
    from tidegate.kernel.pagination import Page, PageRequest
    from tidegate.modules.notifications.ports import DeliveryWithEvent

_PAGE = 500
_EVENTS = ("incident.opened", "incident.acknowledged", "incident.flapping", "incident.closed")
_FORMAT = click.option("--output", type=click.Choice(("text", "json")), default="text", help="Default: text.")


@click.group()
def channel() -> None:
    """Say where incidents are told: webhooks, e-mail, Slack, Microsoft Teams.

    Works on the configured database itself, so who may run it on the server's machine may do everything.
    """


@channel.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(("webhook", "email", "slack", "teams")), required=True, help="How.")
@click.option("--url", metavar="URL", default="", help="Where it goes, for all but email. - reads it.")
@click.option("--address", "addresses", multiple=True, metavar="ADDRESS", help="For email; several times.")
@click.option("--event", "events", multiple=True, type=click.Choice(_EVENTS), help="Default: all of them.")
@click.option("--component", "components", multiple=True, metavar="C", help="Of this one; several times.")
@click.option("--environment", "environments", multiple=True, metavar="E", help="In this one; several times.")
def add_channel(
    name: str,
    kind: str,
    url: str,
    addresses: tuple[str, ...],
    events: tuple[str, ...],
    components: tuple[str, ...],
    environments: tuple[str, ...],
) -> None:
    """Add a channel. A webhook's secret is printed this once."""
    from tidegate.domain.channels import Audience, ChannelKind, ChannelTarget
    from tidegate.domain.notifications import NotificationKind
    from tidegate.modules.notifications.channels import ChannelService
    from tidegate.modules.notifications.ports import NewChannel

    if url == "-":
        url = sys.stdin.readline().strip()
    audience = Audience(tuple(NotificationKind(event) for event in events), components, environments)
    new = NewChannel(name, ChannelKind(kind), ChannelTarget(url, addresses), audience)
    with configured_work() as work:
        made = work.use(ChannelService).add(new)
    click.echo(
        f"{name} is told of {_told(made.channel)}, at {made.channel.shown}.", err=made.secret is not None
    )
    if made.secret is not None:
        click.echo("Its secret, shown this once:", err=True)
        click.echo(made.secret)


@channel.command("list")
@_FORMAT
def list_channels(output: str) -> None:
    """List the channels, and whether they work."""
    from tidegate.modules.notifications.channels import ChannelService

    with configured_work() as work:
        for one in _every(work.use(ChannelService).channels):
            if output == "json":
                click.echo(json.dumps(_shown_channel(one)))
            else:
                state = "off" if not one.enabled else f"{one.failures} failures" if one.failures else "ready"
                text = f"{one.name} ({one.kind}, {state}): {_told(one)}, at {one.shown}"
                click.echo(open_terminal().plain(text))


@channel.command("test")
@click.argument("name")
def test_channel(name: str) -> None:
    """Send a test to a channel; the worker sends it like any other notification."""
    from tidegate.modules.notifications.service import NotificationService

    with configured_work() as work:
        made = work.use(NotificationService).test(name)
    click.echo(f"Under way as {made.id}; what came of it: tidegate notification list --channel {name}")


@channel.command("rotate")
@click.argument("name")
@click.option("--overlap-hours", type=click.FloatRange(0, 720), default=24.0, help="Default: 24.")
def rotate_channel(name: str, overlap_hours: float) -> None:
    """Give a webhook a new secret; the one so far signs as well until the overlap is over."""
    from tidegate.modules.notifications.channels import ChannelService

    with configured_work() as work:
        made = work.use(ChannelService).rotate(name, overlap=timedelta(hours=overlap_hours))
    click.echo("The new secret, shown this once:", err=True)
    click.echo(made.secret)


@channel.command("switch")
@click.argument("name")
@click.argument("state", type=click.Choice(("on", "off")))
def switch_channel(name: str, state: str) -> None:
    """Switch a channel on or off."""
    from tidegate.domain.conditions import AnyVersion
    from tidegate.modules.notifications.channels import ChannelService
    from tidegate.modules.notifications.ports import ChannelChange

    with configured_work() as work:
        work.use(ChannelService).change(name, ChannelChange(enabled=state == "on"), AnyVersion())
    click.echo(f"{name} is {state}.")


@channel.command("remove")
@click.argument("name")
def remove_channel(name: str) -> None:
    """Remove a channel; what waits for it is told no more."""
    from tidegate.modules.notifications.channels import ChannelService

    with configured_work() as work:
        work.use(ChannelService).remove(name)
    click.echo(f"{name} is told no more.")


@click.group()
def notification() -> None:
    """See what became of notifications, and send them again."""


@notification.command("list")
@click.option("--channel", "name", metavar="NAME", help="Those of this channel alone.")
@click.option("--state", type=click.Choice(("waiting", "delivered", "given-up")), help="Those alone.")
@click.option("--limit", type=click.IntRange(1, _PAGE), default=20, help="Default: 20.")
@_FORMAT
def list_notifications(name: str | None, state: str | None, limit: int, output: str) -> None:
    """List deliveries, newest first."""
    from tidegate.domain.deliveries import DeliveryState
    from tidegate.kernel.pagination import PageRequest
    from tidegate.modules.notifications.service import NotificationService

    chosen = DeliveryState(state) if state else None
    with configured_work() as work:
        found = work.use(NotificationService).deliveries(PageRequest(limit), channel=name, state=chosen)
    for one in found.items:
        if output == "json":
            click.echo(json.dumps(_shown_delivery(one)))
        else:
            of = one.delivery
            text = f"{of.id} {of.state} on {of.channel}: {one.event.title} ({of.answer or 'not sent yet'})"
            click.echo(open_terminal().plain(text))


@notification.command("replay")
@click.argument("delivery", required=False)
@click.option(
    "--channel", "name", metavar="NAME", help="All of this channel that --since or --given-up names."
)
@click.option("--since", metavar="24h", help="What happened since: 30m, 24h, 7d, or a moment (RFC 3339).")
@click.option("--given-up", is_flag=True, help="What was given up.")
def replay_notification(delivery: str | None, name: str | None, since: str | None, given_up: bool) -> None:
    """Send one DELIVERY again, or many of a channel."""
    from tidegate.modules.notifications.service import NotificationService

    if (delivery is None) == (name is None) or (name is not None) != (bool(since) != given_up):
        raise click.UsageError("Name a DELIVERY, or --channel with one of --since and --given-up.")
    with configured_work() as work:
        service = work.use(NotificationService)
        if delivery is not None:
            service.replay(delivery)
            count = 1
        elif since is not None:
            count = service.replay_since(str(name), _moment(work, since))
        else:
            count = service.replay_given_up(str(name))
    click.echo(f"{count} {'notification is' if count == 1 else 'notifications are'} sent again.")


def _moment(work: Work, written: str) -> datetime:
    from tidegate.domain.times import read_time

    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = written[:-1], written[-1:]
    try:
        if number.isascii() and number.isdigit() and unit in units:
            return work.container.clock.now() - timedelta(**{units[unit]: int(number)})
        return read_time(written)
    except (ValueError, OverflowError):
        raise click.UsageError(f"--since {written!r}: write 30m, 24h, 7d, or 2026-01-31T09:30:00Z.") from None


def _told(one: Channel) -> str:
    audience = one.audience
    events = ", ".join(audience.kinds) or "every incident event"
    of = f" of {', '.join(audience.components)}" if audience.components else ""
    places = f" in {', '.join(audience.environments)}" if audience.environments else ""
    return events + of + places


def _shown_channel(one: Channel) -> dict[str, Any]:
    audience = one.audience
    return {
        "name": one.name,
        "kind": str(one.kind),
        "to": one.shown,
        "events": [str(kind) for kind in audience.kinds],
        "components": list(audience.components),
        "environments": list(audience.environments),
        "enabled": one.enabled,
        "failures": one.failures,
    }


def _shown_delivery(one: DeliveryWithEvent) -> dict[str, Any]:
    of, event = one.delivery, one.event
    return {
        "id": of.id,
        "channel": of.channel,
        "event_id": event.id,
        "kind": str(event.kind),
        "title": event.title,
        "state": str(of.state),
        "attempts": of.attempts,
        "answer": of.answer,
    }


def _every(page_of: Callable[[PageRequest], Page[Channel]]) -> Iterator[Channel]:
    from tidegate.kernel.pagination import PageRequest

    cursor = None
    while True:
        page = page_of(PageRequest(_PAGE, cursor))
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
