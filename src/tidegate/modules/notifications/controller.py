"""Channels and deliveries over HTTP."""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.deliveries import DeliveryState
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.notifications import examples
from tidegate.modules.notifications.channels import ChannelService
from tidegate.modules.notifications.ports import ChannelChange, NewChannel
from tidegate.modules.notifications.schemas import (
    ChannelChangeSchema,
    ChannelSchema,
    ChannelTestSchema,
    ChannelWithSecretSchema,
    DeliveryQuery,
    DeliverySchema,
    NewChannelSchema,
    Replayed,
    ReplayedSchema,
    ReplayRequest,
    ReplayRequestSchema,
    SecretRotationSchema,
)
from tidegate.modules.notifications.service import NotificationService
from tidegate.modules.notifications.webhook_docs import WEBHOOKS

channels = Blueprint(
    "channels",
    __name__,
    url_prefix="/api/v1/notification-channels",
    description="Where Tidegate tells of incidents: webhooks, e-mail, Slack, Teams.",
)
channels.webhooks = WEBHOOKS
deliveries = Blueprint(
    "deliveries",
    __name__,
    url_prefix="/api/v1/notification-deliveries",
    description="What became of each notification.",
)


@channels.post("")
@channels.idempotent_but_for("secret")
@channels.requires(Permission.MANAGE_CHANNELS)
@channels.arguments(NewChannelSchema, example=examples.NEW_CHANNEL)
@channels.response(201, ChannelWithSecretSchema, example=examples.MADE_CHANNEL)
@channels.problems(Conflict, Invalid)
def add_channel(new: NewChannel) -> Answer:
    """Add a channel.

    A webhook's secret is in this answer alone: with it a receiver tells that a request is Tidegate's
    (Standard Webhooks). Nothing was told to the channel yet; `tests` tries it.
    """
    made = use(ChannelService).add(new)
    location = f"/api/v1/notification-channels/{made.channel.name}"
    return answer(made, status=201, version=made.channel.edition, location=location)


@channels.get("")
@channels.requires(Permission.READ_NOTIFICATIONS)
@channels.page_of(ChannelSchema, example=examples.CHANNEL)
def list_channels(page: PageRequest) -> Answer:
    """List the channels.

    In the order of their names, without what is secret of them.
    """
    return paged(use(ChannelService).channels(page))


@channels.get("/<channel>")
@channels.requires(Permission.READ_NOTIFICATIONS)
@channels.response(200, ChannelSchema, example=examples.CHANNEL)
@channels.tagged
@channels.problems(NotFound)
def show_channel(channel: str) -> Answer:
    """Show a channel.

    With whether it works: how many attempts in a row failed, and since when.
    """
    found = use(ChannelService).channel(channel)
    return answer(found, version=found.edition)


@channels.patch("/<channel>")
@channels.requires(Permission.MANAGE_CHANNELS)
@channels.arguments(ChannelChangeSchema, example=examples.CHANGE)
@channels.response(200, ChannelSchema, example=examples.CHANGED)
@channels.conditional
@channels.problems(NotFound, Invalid)
def change_channel(change: ChannelChange, channel: str) -> Answer:
    """Change a channel.

    Where it goes, what it is told of, or whether it is; what is left out stays. What waits for it is sent to
    where it goes then.
    """
    changed = use(ChannelService).change(channel, change, if_match())
    return answer(changed, version=changed.edition)


@channels.delete("/<channel>")
@channels.requires(Permission.MANAGE_CHANNELS)
@channels.response(204)
@channels.problems(NotFound)
def remove_channel(channel: str) -> Response:
    """Remove a channel.

    What waits for it is told no more, and its deliveries are forgotten.
    """
    use(ChannelService).remove(channel)
    return Response(status=204)


@channels.post("/<channel>/secrets")
@channels.idempotent_but_for("secret")
@channels.requires(Permission.MANAGE_CHANNELS)
@channels.arguments(SecretRotationSchema, example=examples.ROTATION)
@channels.response(200, ChannelWithSecretSchema, example=examples.ROTATED)
@channels.problems(NotFound, Conflict, Invalid)
def rotate_secret(overlap: timedelta, channel: str) -> Answer:
    """Give a webhook a new secret.

    For the hours of the overlap each request carries two signatures, one by each secret, so that the receiver
    can change over without losing any. The new secret is in this answer alone.
    """
    made = use(ChannelService).rotate(channel, overlap=overlap)
    return answer(made, version=made.channel.edition)


@channels.post("/<channel>/tests")
@channels.idempotent
@channels.requires(Permission.MANAGE_CHANNELS)
@channels.response(200, ChannelTestSchema, example=examples.TEST)
@channels.problems(NotFound, Conflict)
def test_channel(channel: str) -> Answer:
    """Send a test to a channel.

    The worker sends it like any other notification; its delivery tells what came of it.
    """
    return answer(use(NotificationService).test(channel))


@channels.post("/<channel>/replays")
@channels.idempotent
@channels.requires(Permission.REPLAY_NOTIFICATIONS)
@channels.arguments(ReplayRequestSchema, example=examples.REPLAY)
@channels.response(200, ReplayedSchema, example=examples.REPLAYED)
@channels.problems(NotFound, Conflict, Invalid)
def replay_channel(wanted: ReplayRequest, channel: str) -> Answer:
    """Send a channel notifications again.

    Everything since a moment, also what happened before the channel was there, or what was given up. Each
    keeps its identifier, so that a receiver can tell what it has already.
    """
    service = use(NotificationService)
    if wanted.since is not None:
        count = service.replay_since(channel, wanted.since)
    else:
        count = service.replay_given_up(channel)
    return answer(Replayed(count))


@deliveries.get("")
@deliveries.requires(Permission.READ_NOTIFICATIONS)
@deliveries.page_of(DeliverySchema, example=examples.DELIVERY, query=DeliveryQuery)
def list_deliveries(page: PageRequest, channel: str | None, state: str | None) -> Answer:
    """List the deliveries.

    Newest first.
    """
    chosen = DeliveryState(state) if state is not None else None
    return paged(use(NotificationService).deliveries(page, channel=channel, state=chosen))


@deliveries.get("/<delivery_id>")
@deliveries.requires(Permission.READ_NOTIFICATIONS)
@deliveries.response(200, DeliverySchema, example=examples.DELIVERY)
@deliveries.problems(NotFound)
def show_delivery(delivery_id: str) -> Answer:
    """Show a delivery.

    With what the last attempt brought, and when the next one is.
    """
    return answer(use(NotificationService).delivery(delivery_id))


@deliveries.post("/<delivery_id>/replays")
@deliveries.idempotent
@deliveries.requires(Permission.REPLAY_NOTIFICATIONS)
@deliveries.response(200, DeliverySchema, example=examples.WAITING)
@deliveries.problems(NotFound, Conflict)
def replay_delivery(delivery_id: str) -> Answer:
    """Send a notification again.

    With the identifier that it had, whatever became of it before.
    """
    return answer(use(NotificationService).replay(delivery_id))
