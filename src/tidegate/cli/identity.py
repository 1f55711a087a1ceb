"""`tidegate user|token`: who may do what, on the server's own machine and without a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tidegate.cli.installation import configured_work
from tidegate.cli.lazy import NotDone
from tidegate.cli.terminal import open_terminal

if TYPE_CHECKING:
    from tidegate.domain.access import Binding
    from tidegate.modules.identity.service import UserService
    from tidegate.modules.identity.tokens import TokenService

_ROLES = ("viewer", "submitter", "release-manager", "administrator")
_PAGE = 500


@click.group()
def user() -> None:
    """Create, list and disable people; set their passwords.

    Works on the configured database itself, so who may run it on the server's machine may do everything.
    """


@user.command("create")
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make an administrator: the role for everything.")
@click.option("--role", type=click.Choice(_ROLES), help="A role, for everything.")
@click.option(
    "--display-name", metavar="TEXT", default="", help="How the person is shown. Default: the name."
)
def create_user(name: str, admin: bool, role: str | None, display_name: str) -> None:
    """Create a person; the password is asked for, or read from standard input."""
    from tidegate.domain.access import Binding, Role

    if admin and role not in (None, "administrator"):
        raise click.UsageError("--admin and --role contradict each other.")
    chosen = "administrator" if admin else role
    binding = Binding(Role(chosen)) if chosen else None
    with _users() as users:
        users.create(name, display_name=display_name, password=_password(), binding=binding)
    click.echo(f"{name} is created{f' as {chosen}' if chosen else ', without a role'}.")


@user.command("list")
def list_users() -> None:
    """List people with their roles and groups."""
    from tidegate.kernel.pagination import PageRequest

    terminal = open_terminal()
    with _users() as users:
        cursor = None
        while True:
            page = users.users(PageRequest(_PAGE, cursor))
            for one in page.items:
                roles = ", ".join(str(role) for role in users.rights_of(one.name).bindings) or "no role"
                state = " (disabled)" if one.disabled_at is not None else ""
                groups = "".join(f", in {group}" for group in users.groups_of(one.name))
                click.echo(terminal.plain(f"{one.name}{state}: {roles}{groups}"))
            cursor = page.next_cursor
            if cursor is None:
                return


@user.command("disable")
@click.argument("name")
def disable_user(name: str) -> None:
    """Let a person neither sign in nor use tokens any more."""
    with _users() as users:
        users.disable(name)
    click.echo(f"{name} is disabled.")


@user.command("enable")
@click.argument("name")
def enable_user(name: str) -> None:
    """Let a person in again who was disabled."""
    with _users() as users:
        users.enable(name)
    click.echo(f"{name} is enabled.")


@user.command("password")
@click.argument("name")
def set_password(name: str) -> None:
    """Give a person another password; it is asked for, or read from standard input."""
    with _users() as users:
        users.user(name)
        users.set_password(name, _password())
    click.echo(f"The password of {name} is set.")


@user.command("passkeys")
@click.argument("name")
@click.option("--remove", metavar="ID", help="Remove this passkey, which the person has lost.")
@click.option("--remove-all", is_flag=True, help="Remove every passkey of the person.")
def list_passkeys(name: str, remove: str | None, remove_all: bool) -> None:
    """List a person's passkeys, or remove those that were lost."""
    from tidegate.modules.passkeys.service import PasskeyService

    if remove and remove_all:
        raise click.UsageError("--remove and --remove-all contradict each other.")
    with configured_work() as work:
        passkeys = work.use(PasskeyService)
        if remove or remove_all:
            count = passkeys.remove_of(name, remove)
            click.echo(f"Removed: {count}.")
            return
        found = passkeys.passkeys_of(name)
    terminal = open_terminal()
    for one in found:
        used = f"used {one.last_used_at:%Y-%m-%d %H:%M}Z" if one.last_used_at else "never used"
        click.echo(terminal.plain(f"{one.name} {one.id}: added {one.created_at:%Y-%m-%d}, {used}"))


@user.command("set-up")
def set_up() -> None:
    """Print a one-time code by which the first administrator is made, at the page /setup.

    It works for an hour, and only where there is nobody yet.
    """
    from tidegate.app import set_up_offer
    from tidegate.modules.identity.set_up import NOTHING_TO_SET_UP

    with configured_work() as work:
        offer = set_up_offer(work)
    if offer is None:
        raise NotDone(NOTHING_TO_SET_UP)
    click.echo(offer)


@user.command("link")
@click.argument("name")
@click.option("--issuer", required=True, metavar="URL", help="The provider: OIDC_ISSUER, or OAUTH_URL.")
@click.option(
    "--subject", required=True, metavar="ID", help="What the provider calls the person: sub, or id."
)
def link_user(name: str, issuer: str, subject: str) -> None:
    """Say that a person who is here signs in through a provider from now on."""
    from tidegate.modules.single_sign_on.service import SingleSignOnService

    with configured_work() as work:
        work.use(SingleSignOnService).link(name, issuer=issuer, subject=subject)
    click.echo(f"{name} is {subject} of {issuer}.")


@click.group()
def token() -> None:
    """Create, list, rotate and revoke API tokens.

    Works on the configured database itself, so who may run it on the server's machine may do everything.
    """


@token.command("create")
@click.option("--name", required=True, metavar="N", help="What the token is called, such as ci-harbour.")
@click.option("--role", required=True, type=click.Choice(_ROLES), help="What it may do (docs/access.md).")
@click.option("--component", metavar="C", help="For this component alone.")
@click.option("--owner", metavar="TEAM", help="For this owner's components alone.")
@click.option("--environment", metavar="E", help="For this environment alone, where environments matter.")
@click.option(
    "--days", type=click.IntRange(min=1), metavar="N", help="Days that it lives (TOKEN_DEFAULT_DAYS)."
)
@click.option(
    "--user", metavar="NAME", help="The person whose token it is: it reaches no further than they do."
)
def create_token(
    name: str,
    role: str,
    component: str | None,
    owner: str | None,
    environment: str | None,
    days: int | None,
    user: str | None,
) -> None:
    """Create a token and print it, once, and nothing else on standard output."""
    from tidegate.modules.catalog.service import CatalogService
    from tidegate.modules.identity.tokens import TokenService

    with configured_work() as work:
        made = work.use(TokenService).create(
            name=name, binding=_binding(role, component, owner, environment), days=days, user=user
        )
        doubts = work.use(CatalogService).doubts([component])
    for doubt in doubts:
        click.echo(f"Warning: {open_terminal().plain(doubt)}", err=True)
    _print_once(made.text, f"{made.token.binding}, until {made.token.expires_at:%Y-%m-%d}")


@token.command("list")
def list_tokens() -> None:
    """List the tokens: what each may do, until when, and when it was used last."""
    from tidegate.kernel.clock import SystemClock
    from tidegate.kernel.pagination import PageRequest

    terminal, now = open_terminal(), SystemClock().now()
    with _tokens() as tokens:
        cursor = None
        while True:
            page = tokens.tokens(PageRequest(_PAGE, cursor))
            for one in page.items:
                used = f"used {one.last_used_at:%Y-%m-%d %H:%M}Z" if one.last_used_at else "never used"
                of = f" of {one.user}" if one.user else ""
                line = f"{one.name} {one.id}{of}: {one.binding}, {one.state(now)}"
                click.echo(terminal.plain(f"{line}, until {one.expires_at:%Y-%m-%d}, {used}"))
            cursor = page.next_cursor
            if cursor is None:
                return


@token.command("rotate")
@click.argument("name")
@click.option("--days", type=click.IntRange(min=1), metavar="N", help="Days that the new one lives.")
@click.option(
    "--overlap",
    type=click.IntRange(min=0),
    default=24,
    show_default=True,
    metavar="HOURS",
    help="Hours that the old one still works.",
)
def rotate_token(name: str, days: int | None, overlap: int) -> None:
    """Create a token in the place of another (its name or id), and print it once."""
    with _tokens() as tokens:
        made = tokens.rotate(tokens.find(name).id, overlap=timedelta(hours=overlap), days=days)
    _print_once(made.text, f"the old one works for {overlap} h more")


@token.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """Let a token (its name or id) work no more, from this moment on."""
    with _tokens() as tokens:
        revoked = tokens.revoke(tokens.find(name).id)
    click.echo(f"{revoked.name} ({revoked.id}) is revoked.")


@contextmanager
def _users() -> Iterator[UserService]:
    from tidegate.modules.identity.service import UserService

    with configured_work() as work:
        yield work.use(UserService)


@contextmanager
def _tokens() -> Iterator[TokenService]:
    from tidegate.modules.identity.tokens import TokenService

    with configured_work() as work:
        yield work.use(TokenService)


def _binding(role: str, component: str | None, owner: str | None, environment: str | None) -> Binding:
    from tidegate.domain.access import Binding, Role

    return Binding(Role(role), component, owner, environment)


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _print_once(text: str, about: str) -> None:
    click.echo(text)
    click.echo(f"Shown this once: {about}. Send it as Authorization: Bearer, or as TIDEGATE_TOKEN.", err=True)
