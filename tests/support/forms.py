"""Forms of pages for tests: opened, filled in and sent as a browser without JavaScript does it."""

from __future__ import annotations

import html
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class _Fields(HTMLParser):
    """Collects what a browser would send of the forms of a page that are posted, by their address."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._fields: dict[str, str] | None = None
        self._open: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field and the value that it comes with."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = {} if given.get("method") == "post" else None
            if self._fields is not None:
                self.forms.append((given.get("action", ""), self._fields))
        elif self._fields is None:
            return
        elif tag == "input" and "name" in given:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self._open = given["name"]
            self._fields[self._open] = ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and ("selected" in given or self._select not in self._fields):
            self._fields[self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        """Take the text of a text area."""
        if self._open is not None and self._fields is not None:
            self._fields[self._open] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a text area, whose first line break a browser drops."""
        if tag == "textarea" and self._open is not None and self._fields is not None:
            text = self._fields[self._open]
            self._fields[self._open] = text.removeprefix("\r").removeprefix("\n")
            self._open = None


def forms_of(answer: TestResponse) -> list[tuple[str, dict[str, str]]]:
    """Return the forms of a page that are posted: where to, and what stands in their fields."""
    return forms_of_text(answer.text)


def forms_of_text(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return the forms of a page of which the text is at hand; see `forms_of`."""
    reader = _Fields()
    reader.feed(text)
    return reader.forms


def fill_in(client: FlaskClient, path: str, to: str | None = None, **values: str) -> TestResponse:
    """Open a page, fill its form in, and send it; `to` names the form's address where it is another."""
    wanted = to or path
    shown = client.get(path, headers=BROWSER)
    assert shown.status_code == 200, shown.text
    fields = next(
        found
        for action, found in forms_of(shown)
        if html.unescape(action or path.partition("?")[0]) == wanted
    )
    return client.post(wanted, data={**fields, **values}, headers=BROWSER)
