"""Feeds as Atom (RFC 4287): written by the standard library, so that nothing in them is ever markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405  # writes, and reads nothing

from flask import Response, request

from tidegate.domain.canonical import digest_of
from tidegate.domain.feeds import Feed, FeedEntry
from tidegate.kernel.http.use import current_container

MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_response(feed: Feed) -> Response:
    """Answer with a feed; one that has not changed since the reader's last visit is 304."""
    base = current_container().settings.public_url.rstrip("/") or request.host_url.rstrip("/")
    body = write_feed(feed, base=base, own=base + request.full_path.rstrip("?"))
    response = Response(body, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    # It holds what its reader may see: nobody on the way may keep it.
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(digest_of(body)[7:39])
    response.make_conditional(request)
    return response


def write_feed(feed: Feed, *, base: str, own: str) -> bytes:
    """Write a feed whose addresses begin with `base`; `own` is where it is read."""
    root = Element("feed", xmlns=_NAMESPACE)
    _text(root, "id", base + feed.path)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(feed.entries[0].updated if feed.entries else _NOTHING_YET))
    SubElement(root, "link", rel="self", type=MEDIA_TYPE, href=_clean(own))
    SubElement(root, "link", rel="alternate", type="text/html", href=_clean(base + feed.path))
    _text(SubElement(root, "author"), "name", "Tidegate")
    for entry in feed.entries:
        _write_entry(SubElement(root, "entry"), entry, base)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _write_entry(parent: Element, entry: FeedEntry, base: str) -> None:
    _text(parent, "id", entry.id)
    _text(parent, "title", entry.title)
    _text(parent, "updated", _moment(entry.updated))
    SubElement(parent, "link", rel="alternate", type="text/html", href=_clean(base + entry.path))
    SubElement(parent, "category", term=_clean(entry.category))
    _text(parent, "summary", entry.summary)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """Put U+FFFD in the place of characters that XML cannot hold in any way."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
