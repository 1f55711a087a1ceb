"""Which token is sent to a server: the one in TIDEGATE_TOKEN, else the one that `tidegate login` keeps."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from tidegate.domain.errors import Invalid
from tidegate.domain.tokens import read_token

VARIABLE = "TIDEGATE_TOKEN"
FOLDER = "TIDEGATE_CONFIG_DIR"
_SERVICE = "tidegate"
_IN_KEYRING = "in keyring"


def token_for(url: str) -> str | None:
    """Return the token for a server, or None; raises `Invalid` for what is none in TIDEGATE_TOKEN."""
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return checked(given, VARIABLE)
    kept = _read().get(_key(url))
    if kept != _IN_KEYRING:
        return kept
    keyring = _keyring()
    found: str | None = keyring.get_password(_SERVICE, _key(url)) if keyring is not None else None
    return found


def keep(url: str, token: str) -> str:
    """Keep a token for a server, in the keyring where there is one; returns where it lies now."""
    keyring = _keyring()
    if keyring is not None:
        keyring.set_password(_SERVICE, _key(url), token)
        _write({**_read(), _key(url): _IN_KEYRING})
        return "the keyring of this machine"
    _write({**_read(), _key(url): token})
    return str(_file())


def forget(url: str) -> bool:
    """Forget the token of a server; tells whether there was one."""
    known = _read()
    kept = known.pop(_key(url), None)
    if kept is None:
        return False
    keyring = _keyring() if kept == _IN_KEYRING else None
    if keyring is not None:
        keyring.delete_password(_SERVICE, _key(url))
    _write(known)
    return True


def keep_for_job(url: str, identity: str, token: str, expires_at: datetime) -> None:
    """Keep what a job's identity token was exchanged for: the next command of the job cannot use it again."""
    folder = _job_file(url, identity).parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("*.json"):
        if _until(old) is None:
            old.unlink(missing_ok=True)
    document = {"token": token, "expires_at": expires_at.isoformat()}
    _write_privately(_job_file(url, identity), document)


def kept_for_job(url: str, identity: str) -> str | None:
    """Return what a job's identity token was exchanged for, while it works for another minute."""
    file = _job_file(url, identity)
    if _until(file) is None:
        return None
    found = json.loads(file.read_bytes()).get("token")
    return found if isinstance(found, str) and read_token(found) is not None else None


def checked(text: str, where: str) -> str:
    """Return a text that can be a token; raises `Invalid` without showing it."""
    if read_token(text) is None:
        raise Invalid(f"{where} holds no token: one begins with tdg_ and is copied as a whole.")
    return text


def _key(url: str) -> str:
    return url.rstrip("/")


def _file() -> Path:
    return Path(os.environ.get(FOLDER) or click.get_app_dir("tidegate")) / "tokens.json"


def _read() -> dict[str, str]:
    try:
        found = json.loads(_file().read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(url): str(kept) for url, kept in found.items()} if isinstance(found, dict) else {}


def _write(known: dict[str, str]) -> None:
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_privately(path, known)


def _write_privately(path: Path, document: dict[str, str]) -> None:
    """Write a file anew, so that nobody but its owner can ever read it."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
    beside.replace(path)


def _job_file(url: str, identity: str) -> Path:
    name = hashlib.sha256(f"{_key(url)}\n{identity}".encode()).hexdigest()
    return _file().parent / "jobs" / f"{name}.json"


def _until(file: Path) -> datetime | None:
    """Return until when a job's token works, if that is more than a minute away."""
    try:
        ends = datetime.fromisoformat(json.loads(file.read_bytes())["expires_at"])
        return ends if ends - datetime.now(UTC) > timedelta(minutes=1) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _keyring() -> Any | None:
    """Return the keyring package where it is installed and finds a keyring; None elsewhere."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    return keyring if keyring.get_keyring().priority >= 1 else None
