"""Channels and what was told to them: add, change, test, and send again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.channels import Channel, ChannelKind
from tidegate.domain.deliveries import DeliveryState
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.forms.notifications import (
    KINDS,
    ChannelForm,
    NewChannelForm,
    ReplayForm,
    RotationForm,
)
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.console.views.proof import sensitive
from tidegate.modules.notifications.channels import ChannelService
from tidegate.modules.notifications.ports import ChannelWithSecret
from tidegate.modules.notifications.service import NotificationService

_NEWEST = 10
_MOST_CHANNELS = 200


@pages.get("/channels")
@requires(Permission.READ_NOTIFICATIONS)
def list_channels() -> Response:
    """Show where incidents are told."""
    return _channels(NewChannelForm())


@pages.post("/channels")
@requires(Permission.MANAGE_CHANNELS)
@sensitive
def add_channel() -> BaseResponse:
    """Make a channel; a webhook's secret is shown this once."""
    form = NewChannelForm()
    made = (
        form.attempt(lambda: use(ChannelService).add(form.channel())) if form.validate_on_submit() else None
    )
    return _channels(form) if made is None else _made(made)


@pages.get("/channels/<channel>")
@requires(Permission.READ_NOTIFICATIONS)
def show_channel(channel: str) -> Response:
    """Show a channel, whether it works, and what it was told last."""
    found = use(ChannelService).channel(channel)
    return _channel(found, _filled(found))


@pages.post("/channels/<channel>")
@requires(Permission.MANAGE_CHANNELS)
@sensitive
def change_channel(channel: str) -> BaseResponse:
    """Change where a channel goes, or what it is told of."""
    form = ChannelForm()
    service = use(ChannelService)
    if form.validate_on_submit():
        done = form.attempt(lambda: service.change(channel, form.change(), form.condition()))
        if done is not None:
            return _back(channel)
    found = service.channel(channel)
    form.read_again(found.edition)
    return _channel(found, form)


@pages.post("/channels/<channel>/test")
@requires(Permission.MANAGE_CHANNELS)
def test_channel(channel: str) -> BaseResponse:
    """Send a test to a channel."""
    return _act(channel, lambda: use(NotificationService).test(channel))


@pages.post("/channels/<channel>/secret")
@requires(Permission.MANAGE_CHANNELS)
@sensitive
def rotate_channel_secret(channel: str) -> BaseResponse:
    """Give a webhook a new secret, and show it this once."""
    form = RotationForm()
    made = None
    if form.validate_on_submit():
        overlap = timedelta(hours=form.overlap_hours.data or 0)
        made = form.attempt(lambda: use(ChannelService).rotate(channel, overlap=overlap))
    if made is not None:
        return _made(made)
    found = use(ChannelService).channel(channel)
    return _channel(found, _filled(found, sent=False), form)


@pages.post("/channels/<channel>/remove")
@requires(Permission.MANAGE_CHANNELS)
@sensitive
def remove_channel(channel: str) -> BaseResponse:
    """Tell a channel no more."""
    use(ChannelService).remove(channel)
    return redirect(url_for("console.list_channels"), 303)


@pages.post("/channels/<channel>/replay")
@requires(Permission.REPLAY_NOTIFICATIONS)
def replay_channel(channel: str) -> BaseResponse:
    """Send a channel notifications again."""
    form, service = ReplayForm(), use(NotificationService)
    if not form.validate_on_submit():
        found = use(ChannelService).channel(channel)
        return _channel(found, _filled(found, sent=False), form)
    hours = form.hours
    if hours is None:
        return _act(channel, lambda: service.replay_given_up(channel))
    since = current_container().clock.now() - timedelta(hours=hours)
    return _act(channel, lambda: service.replay_since(channel, since))


@pages.get("/deliveries")
@requires(Permission.READ_NOTIFICATIONS)
def list_deliveries() -> Response:
    """Show what became of each notification, newest first."""
    channel, wanted = filter_value("channel"), filter_value("state")
    state = DeliveryState(wanted) if wanted in {str(one) for one in DeliveryState} else None
    found = use(NotificationService).deliveries(page_request(), channel=channel, state=state)
    return page(
        "console/deliveries.html",
        deliveries=found.items,
        next=next_address(found.next_cursor),
        channel=channel,
        channels=use(ChannelService).channels(PageRequest(_MOST_CHANNELS)).items,
        state=state,
        states=tuple(DeliveryState),
    )


@pages.post("/deliveries/<delivery_id>/replay")
@requires(Permission.REPLAY_NOTIFICATIONS)
def replay_delivery(delivery_id: str) -> BaseResponse:
    """Send a notification again."""
    form = PageForm()
    done = form.attempt(lambda: use(NotificationService).replay(delivery_id))
    known = done or use(NotificationService).delivery(delivery_id)
    if done is None:
        found = use(ChannelService).channel(known.delivery.channel)
        return _channel(found, _filled(found, sent=False), form)
    return redirect(url_for("console.list_deliveries", channel=known.delivery.channel), 303)


def _act(channel: str, use_case: Callable[[], object]) -> BaseResponse:
    form = PageForm()
    if form.attempt(use_case) is not None:
        return _back(channel)
    found = use(ChannelService).channel(channel)
    return _channel(found, _filled(found, sent=False), form)


def _back(channel: str) -> BaseResponse:
    return redirect(url_for("console.show_channel", channel=channel), 303)


def _made(made: ChannelWithSecret) -> BaseResponse:
    """Show a secret this once; without one there is nothing to show but the channel."""
    if made.secret is None:
        return _back(made.channel.name)
    return page("console/channel_secret.html", channel=made.channel, secret=made.secret)


def _filled(channel: Channel, *, sent: bool = True) -> ChannelForm:
    form = ChannelForm() if sent else ChannelForm(formdata=None)
    form.fill(channel.audience)
    form.enabled.data = channel.enabled
    form.addresses.data = "\n".join(channel.addresses)
    form.version.data = str(channel.edition)
    return form


def _channels(form: NewChannelForm) -> Response:
    found = use(ChannelService).channels(page_request())
    return page(
        "console/channels.html",
        status=200 if form.fine else form.status,
        channels=found.items,
        next=next_address(found.next_cursor),
        kinds=KINDS,
        form=form,
        sends_mail=bool(current_container().settings.smtp_url),
    )


def _channel(channel: Channel, form: ChannelForm, refused: PageForm | None = None) -> Response:
    newest = use(NotificationService).deliveries(PageRequest(_NEWEST), channel=channel.name)
    wrong = next((one for one in (form, refused) if one and not one.fine), None)
    return page(
        "console/channel.html",
        status=wrong.status if wrong else 200,
        channel=channel,
        kinds=KINDS,
        signs=channel.kind is ChannelKind.WEBHOOK,
        mails=channel.kind is ChannelKind.EMAIL,
        deliveries=newest.items,
        form=form,
        refused=refused,
        rotation=RotationForm(formdata=None),
        replay=ReplayForm(formdata=None),
    )
