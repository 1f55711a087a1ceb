"""Static files, served under names that hold their digest: they may be kept for ever and never go stale.

Those of Swagger UI, which the page "Try it" needs, come out of the installed package flask-swagger-ui. Its
blueprint is not used: its page runs a script that stands in the page, which ours forbid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from flask import Flask, Response, current_app

from tidegate.domain.canonical import digest_of
from tidegate.kernel.http.declarations import public
from tidegate.kernel.http.problems import ProblemError

EXTENSION = "tidegate-assets"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css")
NEEDED = frozenset({"style.css", *_SWAGGER_UI})
"""Without these pages cannot be shown as they are meant."""
_FOR_EVER = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"(?P<stem>[a-z-]+)\.[0-9a-f]{16}(?P<suffix>\.[a-z]+)")


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file: where it lies, and the name that it is served under.

    Its bytes are read when it is asked for, which a browser does once a year: those of Swagger UI are 2 MiB.
    """

    file: Traversable
    media_type: str
    hashed_name: str

    @classmethod
    def of(cls, file: Traversable) -> Asset:
        """Read a file for its name; raises `OSError`."""
        return cls(file, *_named(file, file.read_bytes()))

    def content(self) -> bytes | None:
        """Return its bytes; None where they are no longer those of its name, or there are none."""
        try:
            content = self.file.read_bytes()
        except OSError:
            return None
        return content if _named(self.file, content)[1] == self.hashed_name else None


def read_assets() -> Mapping[str, Asset]:
    """Return every static file, by its name; raises `OSError` where the packages lack them."""
    return {file.name: Asset.of(file) for file in _files()}


def asset_names() -> frozenset[str]:
    """Return which static files are there, without reading them; raises `OSError` as `read_assets` does."""
    return frozenset(file.name for file in _files() if file.is_file())


def _files() -> Iterator[Traversable]:
    for file in (files("tidegate.kernel.http") / "static").iterdir():
        if file.name.endswith(tuple(_TYPES)):
            yield file
    for name in _SWAGGER_UI:
        yield files("flask_swagger_ui") / "dist" / name


def _named(file: Traversable, content: bytes) -> tuple[str, str]:
    """Return the media type of a file, and its name with the digest of what is in it."""
    stem, dot, suffix = file.name.rpartition(".")
    return _TYPES[dot + suffix], f"{stem}.{digest_of(content)[7:23]}{dot}{suffix}"


def install(app: Flask) -> None:
    """Serve the static files, and let templates ask for their addresses: `asset("style.css")`."""
    assets = read_assets()
    app.extensions[EXTENSION] = assets
    app.jinja_env.globals["asset"] = address_of
    app.add_url_rule("/static/<name>", endpoint="assets:file", view_func=public(_serve))


def address_of(name: str) -> str:
    """Return where a static file is served; raises `KeyError` for one that there is not."""
    assets: Mapping[str, Asset] = current_app.extensions[EXTENSION]
    return f"/static/{assets[name].hashed_name}"


def _serve(name: str) -> Response:
    assets: Mapping[str, Asset] = current_app.extensions[EXTENSION]
    parts = _HASHED.fullmatch(name)
    asset = assets.get(parts["stem"] + parts["suffix"]) if parts else None
    content = asset.content() if asset is not None and asset.hashed_name == name else None
    if asset is None or content is None:
        # Another version's file under this one's address would be kept for a year.
        raise ProblemError("not-found", f"There is no static file named {name!r}.")
    return Response(content, content_type=asset.media_type, headers={"Cache-Control": _FOR_EVER})
