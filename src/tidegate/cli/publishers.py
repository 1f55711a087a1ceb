"""`tidegate publisher`: whose jobs are trusted, on the server's own machine and without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tidegate.cli.installation import configured_work
from tidegate.cli.terminal import open_terminal

if TYPE_CHECKING:
    from tidegate.modules.federation.service import PublisherService

_ROLES = ("viewer", "submitter", "release-manager")
_PAGE = 500


@click.group()
def publisher() -> None:
    """Trust jobs of GitHub Actions, GitLab CI and other issuers: their pipelines need no secret.

    Works on the configured database itself, so who may run it on the server's machine may do everything.
    """


@publisher.command("add")
@click.argument("name")
@click.option(
    "--provider", type=click.Choice(("github", "gitlab", "other")), required=True, help="Whose jobs they are."
)
@click.option("--issuer", metavar="URL", default="", help="Who signs their tokens. Default: the public one.")
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a token has to say, word for word: repository_id=1 and repository_owner_id=2 (github), "
    "project_id=1 and namespace_id=2 (gitlab), and such as ref=refs/heads/main.",
)
@click.option(
    "--role", required=True, type=click.Choice(_ROLES), help="What its jobs may do (docs/access.md)."
)
@click.option("--component", metavar="C", help="For this component alone.")
@click.option("--owner", metavar="TEAM", help="For this owner's components alone.")
@click.option("--environment", metavar="E", help="For this environment alone, where environments matter.")
def add_publisher(
    name: str,
    provider: str,
    issuer: str,
    claims: tuple[str, ...],
    role: str,
    component: str | None,
    owner: str | None,
    environment: str | None,
) -> None:
    """Trust the jobs whose tokens say this."""
    from tidegate.domain.access import Binding, Role
    from tidegate.domain.publishers import Provider

    with _publishers() as publishers:
        made = publishers.add(
            name=name,
            provider=Provider(provider),
            issuer=issuer,
            claims=_read_claims(claims),
            binding=Binding(Role(role), component, owner, environment),
        )
    click.echo(f"{made.name} is trusted as {made.binding}, with tokens of {made.issuer}.")


@publisher.command("list")
def list_publishers() -> None:
    """List the trusted publishers: what their tokens have to say, and what their jobs may do."""
    from tidegate.kernel.pagination import PageRequest

    terminal = open_terminal()
    with _publishers() as publishers:
        cursor = None
        while True:
            page = publishers.publishers(PageRequest(_PAGE, cursor))
            for one in page.items:
                claims = ", ".join(f"{name}={value}" for name, value in one.claims.items())
                click.echo(terminal.plain(f"{one.name}: {one.binding}, {one.issuer} with {claims}"))
            cursor = page.next_cursor
            if cursor is None:
                return


@publisher.command("remove")
@click.argument("name")
def remove_publisher(name: str) -> None:
    """Trust a publisher no more; the tokens that its jobs have now end as well."""
    with _publishers() as publishers:
        publishers.remove(name)
    click.echo(f"{name} is trusted no more.")


def _read_claims(given: tuple[str, ...]) -> dict[str, str]:
    claims: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or name in claims:
            raise click.UsageError(f"--claim {one!r}: write NAME=VALUE, each name once.")
        claims[name] = value
    return claims


@contextmanager
def _publishers() -> Iterator[PublisherService]:
    from tidegate.modules.federation.service import PublisherService

    with configured_work() as work:
        yield work.use(PublisherService)
