"""Connections that take an answer which a server gives before it has read all of a request."""

from __future__ import annotations

import http.client
import ssl
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, Request

_BROKEN = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class _EarlyAnswer:
    """Sends as `http.client` does, and goes on to the answer where the server has stopped listening.

    A server that refuses a large body says so and closes. What is then sent breaks off, and the reason is
    only in its answer. An early answer of success is none: the request has not arrived whole.
    """

    _broken: OSError | None = None

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request; a connection that breaks while it is sent is no error yet."""
        self._broken = None
        self.connect()  # type: ignore[attr-defined]  # outside of the try: without a connection no answer
        try:
            super().request(*arguments, **options)  # type: ignore[misc]  # of http.client, beside this class
        except _BROKEN as error:
            self._broken = error

    def getresponse(self) -> http.client.HTTPResponse:
        """Return the answer; raises why sending broke off where there is none, or none of an error."""
        if self._broken is None:
            return super().getresponse()  # type: ignore[misc,no-any-return]  # of http.client
        try:
            answer: http.client.HTTPResponse = super().getresponse()  # type: ignore[misc]  # of http.client
        except (OSError, http.client.HTTPException):
            raise self._broken from None
        if answer.status < 400:
            raise self._broken
        return answer


class _Connection(_EarlyAnswer, http.client.HTTPConnection):
    """Over http."""


class _SecureConnection(_EarlyAnswer, http.client.HTTPSConnection):
    """Over https, verified as Python does by itself."""


class EarlyHTTPHandler(HTTPHandler):
    """`http` with early answers."""

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        """Open a request."""
        return self.do_open(_Connection, req)


class EarlyHTTPSHandler(HTTPSHandler):
    """`https` with early answers."""

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        """Open a request."""
        return self.do_open(_SecureConnection, req)
