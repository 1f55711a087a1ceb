"""A form that waits in its browser while its person proves elsewhere who they are, so that nothing is lost.

It is a cookie that the server signs: good for one session and a few minutes. Only its own browser could read
it, and nothing of it is done before the person sends the form again.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from tidegate.kernel.http.sessions import cookie_name

SECONDS = 600
MOST_BYTES = 3500
"""What a cookie may hold in every browser, with room for its name and attributes."""
_FORM = "tidegate-form"


@dataclass(frozen=True, slots=True)
class CarriedForm:
    """A form that was sent: to which address of ours, and its fields in their order."""

    address: str
    fields: tuple[tuple[str, str], ...]


def sealed(form: CarriedForm, *, session: str) -> str | None:
    """Return what a browser can keep of a form for this session; None where it is too long for a cookie."""
    text = str(_serializer().dumps([session, form.address, form.fields]))
    return text if len(text) <= MOST_BYTES else None


def keep(response: Response, text: str) -> None:
    """Have the browser keep a form that was sealed."""
    # Lax: the step back from a provider of identities comes from another site.
    response.set_cookie(
        cookie_name(_FORM),
        text,
        max_age=SECONDS,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def kept(session: str) -> CarriedForm | None:
    """Return the form that the browser keeps for this session; None where there is none, or no more."""
    try:
        text = request.cookies.get(cookie_name(_FORM), "")
        owner, address, fields = _serializer().loads(text, max_age=SECONDS)
    except BadData:
        return None
    if owner != session:
        return None
    return CarriedForm(address, tuple((name, value) for name, value in fields))


def drop(response: Response) -> None:
    """Have the browser forget the form, where it keeps one."""
    name = cookie_name(_FORM)
    if name in request.cookies:
        response.delete_cookie(name, secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="tidegate.carried-form")
