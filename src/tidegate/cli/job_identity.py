"""How a command knows that it runs in a CI job, and gets the token by which the job proves who it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tidegate.domain.errors import Invalid

AUDIENCE = "TIDEGATE_AUDIENCE"
ID_TOKEN = "TIDEGATE_ID_TOKEN"  # nosec B105  # the name of a variable
_URL, _BEARER = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_GITHUB = (
    "This job of GitHub Actions may not ask for an identity token; TIDEGATE_TOKEN is not set. Add to it:\n"
    "  permissions:\n    id-token: write\n    contents: read\n"
    "(docs/zero-secrets.md). Jobs of pull requests from forks never may."
)
_GITLAB = (
    "This job of GitLab CI has no identity token, and TIDEGATE_TOKEN is not set. Add to the job:\n"
    "  id_tokens:\n    TIDEGATE_ID_TOKEN:\n      aud: {url}\n"
    "(docs/zero-secrets.md)."
)


@dataclass(frozen=True, slots=True)
class JobToken:
    """A token of a job; one that is `fixed` is the same for every command of the job."""

    text: str
    fixed: bool


def job_token(
    url: str, ask: Callable[[str, str], bytes], variables: Mapping[str, str] | None = None
) -> JobToken | None:
    """Return the identity token of the job that this runs in, made for one server; None outside of jobs.

    The audience is the server's URL as the command was given it, never what a server says: it could hand the
    token on to the server that it names. `ask` fetches a URL with a bearer token. Raises `Invalid` in a job
    that may not have such a token, with the lines that it lacks.
    """
    given = os.environ if variables is None else variables
    if given.get(ID_TOKEN, "").strip():
        return JobToken(given[ID_TOKEN].strip(), fixed=True)
    audience = given.get(AUDIENCE, "").strip() or url.rstrip("/")
    address, bearer = given.get(_URL, ""), given.get(_BEARER, "")
    if address and bearer:
        return JobToken(_asked(address, bearer, audience, ask), fixed=False)
    if given.get("GITHUB_ACTIONS") == "true":
        raise Invalid(_GITHUB)
    if given.get("GITLAB_CI") == "true":
        raise Invalid(_GITLAB.format(url=audience))
    return None


def _asked(address: str, bearer: str, audience: str, ask: Callable[[str, str], bytes]) -> str:
    separator = "&" if urlsplit(address).query else "?"
    answer = ask(f"{address}{separator}{urlencode({'audience': audience})}", bearer)
    try:
        document: Any = json.loads(answer)
    except (ValueError, RecursionError):
        document = None
    value = document.get("value") if isinstance(document, dict) else None
    if not isinstance(value, str) or not value:
        raise Invalid("GitHub gave this job no identity token: its answer is not as documented. Try again.")
    return value
