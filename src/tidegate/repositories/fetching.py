"""Fetch the newest commit of a repository over https, within limits of time and size."""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tidegate.domain.errors import Invalid
from tidegate.repositories.git import run_git

LARGEST_FETCH = 512 * 1024 * 1024
"""Bytes that one file of what is fetched may have; a commit comes as one."""
FETCH_PATIENCE = 300.0
# https and nothing else, no redirect that a token could follow, nobody asked for a password.
_CAREFUL = (
    *("-c", "protocol.allow=never", "-c", "protocol.https.allow=always", "-c", "http.followRedirects=false"),
    *("-c", "credential.helper=", "-c", "core.askPass=", "-c", "submodule.recurse=false"),
    *("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30"),
)


@contextmanager
def fetched(url: str, token: str | None = None) -> Iterator[Path]:
    """Fetch the newest commit into a bare repository, which is gone when the block ends.

    Tags are left out: they would bring their history. Raises `Invalid` for another scheme than https, for a
    secret in the URL, and where the host does not answer with a repository.
    """
    _check(url)
    with tempfile.TemporaryDirectory(prefix="tidegate-fetched-") as name:
        run_git(("init", "--quiet", "--bare", "--template=", name), name)
        where = ("-C", name, *_CAREFUL)
        run_git(
            (*where, "fetch", "--quiet", "--no-tags", "--depth=1", "--", url, "HEAD"),
            url,
            more=_authorization(token),
            patience=FETCH_PATIENCE,
            prepare=_limit(),
        )
        run_git(("-C", name, "update-ref", "--no-deref", "HEAD", "FETCH_HEAD"), name)
        yield Path(name)


def is_address(text: str) -> bool:
    """Tell whether a text names a repository elsewhere, and no folder."""
    return "://" in text


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            "The URL holds a user name or a password. Write it without; the token belongs into "
            "TIDEGATE_REPOSITORY_TOKEN."
        )
    if parts.scheme != "https" or not parts.hostname:
        raise Invalid(f"{url!r} cannot be fetched: only https:// is, or name a folder.")


def _authorization(token: str | None) -> Mapping[str, str]:
    """Return the variables by which git sends a token: everybody on the machine could read arguments."""
    if token is None:
        return {}
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
    }


def _limit() -> Callable[[], None] | None:
    """Return what keeps git from writing a file that is too large; Windows has no such limit."""
    if sys.platform == "win32":
        return None
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FETCH, LARGEST_FETCH))
