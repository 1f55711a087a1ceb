"""Writes docs/access.md from the table of permissions and from what operations declare (`make generate`)."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.generated import main
from tidegate.app import create_app
from tidegate.domain.access import PERMISSIONS, REACHES, Role, has
from tidegate.kernel.http.openapi import document, operations
from tidegate.settings import read_settings

DOC = Path(__file__).resolve().parent.parent / "docs" / "access.md"
REMEDY = "python -m scripts.write_access_doc"

_HEAD = """\
<!-- Written by scripts/write_access_doc.py from src/tidegate/domain/access.py and the API's document. -->
# Who may do what

Whatever is not in these tables is refused. Every operation of the API needs a principal that Tidegate
knows: a person, or a machine with an API token. Only health, readiness, `/status`, `/metrics` and the docs
answer anybody. There is no setting that turns this off.

## Roles

Each role may do all that the ones to its left may.
"""

_REACH = """\

## How far a role goes

A role is given for everything, or limited: to one component, to all components of an owner, to an
environment. A limited role reaches as far as the column "reach" above says:
"""

_TOKENS = """\

## Tokens

On the server's machine, with the settings of the server:

<!-- not run: shown for reading -->
```bash
tidegate token create --name ci-harbour --role submitter --component harbour   # prints it once
tidegate token list                       # what each may do, until when, and when it was used last
tidegate token rotate ci-harbour          # a new one; the old one works for 24 hours more
tidegate token revoke ci-harbour          # from this moment on
```

A token begins with `tdg_`; its last six characters are a checksum, so that a scanner for leaked secrets
tells it from what only looks like one (`{pattern}`). Tidegate keeps its SHA-256 alone. It expires after
TOKEN_DEFAULT_DAYS at the latest, unless `--days` says otherwise, and never later than TOKEN_MAX_DAYS
allows.

The command line sends the token of TIDEGATE_TOKEN, else the one that `tidegate login` keeps; `tidegate
whoami` shows who it makes you. The server is the one of `--server`, else of TIDEGATE_URL
([settings.md](settings.md#variables-of-the-command-line)). Over HTTP it is `Authorization: Bearer tdg_…` and
nothing else: cookies are never read by the API, and a token in an address is refused.

## People

<!-- not run: shown for reading -->
```bash
tidegate user create ada --admin          # asks for the password, or reads it from standard input
tidegate user list
tidegate user disable ada                 # she can neither sign in nor use tokens any more
tidegate user password ada
```

All of this, and tokens, administrators also do on the pages (People) and over the API (`/api/v1/users`,
`/groups`, `/roles`, `/tokens`); one's own tokens and sessions are on the account's page and below
`/api/v1/me`.

At the first start ADMIN_INITIAL_PASSWORD (or a file named by ADMIN_INITIAL_PASSWORD_FILE) makes the user
`admin` with the role administrator; once there is anybody it changes nothing. Without it the start prints a
code: it makes the first administrator at `/setup`, once, within an hour, and from the server's own machine
unless SETUP_FROM_ANYWHERE says otherwise. `tidegate user set-up` prints another one, and the only one where
the log is written for collectors (LOG_FORMAT).

An administrator need know nobody's password: a code by which the person chooses one (`/choose-password`) is
made on the person's page; it works once, for a day. A password has 12 to 128 characters and is refused where
it would soon be guessed; it is kept as an Argon2id hash. After four failures in a row an account waits, twice
as long after each further one, up to a quarter of an hour; an address after twenty, and it may try
SIGN_IN_PER_MINUTE times a minute. Where Redis counts attempts and is away, nobody signs in; who is signed in
goes on.

The last administrator can be neither disabled nor unbound, except by commands on the server's machine.

## What people may give, and for how long

- Nobody gives more than they have. Only administrators for everything give roles and make tokens for
  machines. Another owner for a component moves the roles that are given by owner, in every environment: it
  takes `component.describe` for the component and for all components of the new owner, neither limited to an
  environment. The audit log says who owned it before. A token of one's own never reaches further than its
  person, now or later; one that a token makes also ends when that one does.
- A token's text is in one answer. A request that is repeated with its `Idempotency-Key` is answered with
  `"token": null`; the token itself is kept nowhere, so who lost it rotates or revokes it.
- What a person may do is read at every request. When it changes (roles, groups) or the password does, all
  their sessions end and they sign in again. The browser in which somebody changes their own goes on, under a
  new secret; so it does after every act that decides who gets in.
- Such acts on pages (people, roles, groups, tokens, passwords) ask again who it is where the last proof is
  older than SESSION_FRESH_MINUTES: by password, by passkey, or anew at the provider. What the form held is
  kept.

## What is recorded

Every change in the audit log names its actor (`token:ci-harbour`, `person:ada`), the credential by which it
was known and the address that it came from. Refused attempts are recorded as well (`access.refused`,
`access.unauthenticated`): of one caller at most ten a minute, of all together sixty a minute and process;
what was left out is counted in the next one. A failed sign-in names the account that it was for,
where there is one of that name, and nothing else that was typed: people type passwords into the wrong field.
An attempt that is not looked at, because too many before it have failed, is `access.locked_out`.
"""


def render(found: Sequence[tuple[str, str, str]]) -> str:
    """Return the page; `found` holds each operation as its permission, method and path."""
    from tidegate.domain.tokens import PATTERN

    lines = [_HEAD, *_permissions(), _REACH, *_reaches(), "", "## Operations", "", *_operations(found)]
    return "\n".join(lines) + "\n" + _TOKENS.replace("{pattern}", PATTERN)


def _permissions() -> Iterator[str]:
    roles = tuple(Role)
    yield f"| permission | {' | '.join(roles)} | reach | what it allows |"
    yield "| --- " * (len(roles) + 3) + "|"
    for rule in PERMISSIONS:
        marks = " | ".join("yes" if has(role, rule.permission) else "–" for role in roles)
        yield f"| `{rule.permission}` | {marks} | {rule.reach} | {rule.meaning} |"


def _reaches() -> Iterator[str]:
    yield from (f"- **{reach}**: {meaning}" for reach, meaning in REACHES.items())


def _operations(found: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    yield "| operation | permission |"
    yield "| --- | --- |"
    for permission, method, path in found:
        yield f"| `{method.upper()} {path}` | {f'`{permission}`' if permission else 'anybody'} |"


def declared() -> list[tuple[str, str, str]]:
    """Return what the API's operations declare, in the order of the document."""
    with tempfile.TemporaryDirectory(prefix="tidegate-") as folder:
        found = document(create_app(read_settings({"DATA_DIR": folder})))
    return [
        (operation.get("x-permission", ""), method, path) for method, path, operation in operations(found)
    ]


def documents() -> dict[Path, str]:
    """Return what the page has to hold."""
    return {DOC: render(declared())}


if __name__ == "__main__":
    sys.exit(main(documents(), sys.argv[1:], remedy=REMEDY))
