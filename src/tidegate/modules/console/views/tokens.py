"""API tokens, as administrators look after them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.forms.people import MachineTokenForm
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.console.views.proof import sensitive
from tidegate.modules.identity.tokens import NewToken, TokenService


@pages.get("/tokens")
@requires(Permission.MANAGE_ACCESS)
def list_tokens() -> Response:
    """Show the tokens of machines and of people, and ask for a new one of a machine."""
    return _tokens(MachineTokenForm())


@pages.post("/tokens")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def create_token() -> Response:
    """Make a token for a machine, and show it this once."""
    form = MachineTokenForm()
    create = use(TokenService).create
    shown = show_new_token(
        form,
        lambda: create(name=form.name.data or "", binding=form.binding(), days=form.days.data),
        back="console.list_tokens",
    )
    return shown or _tokens(form)


@pages.post("/tokens/<token_id>/rotate")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def rotate_token(token_id: str) -> Response:
    """Make a token in another one's place, and show it this once."""
    form = PageForm()
    shown = show_new_token(form, lambda: use(TokenService).rotate(token_id), back="console.list_tokens")
    return shown or _tokens(MachineTokenForm(formdata=None), form)


@pages.post("/tokens/<token_id>/revoke")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def revoke_token(token_id: str) -> BaseResponse:
    """Let a token work no more."""
    use(TokenService).revoke(token_id)
    return redirect(url_for("console.list_tokens"), 303)


def show_new_token(form: PageForm, make: Callable[[], NewToken], *, back: str) -> Response | None:
    """Make the token that a form asks for, and show it this once; None where something in it is wrong."""
    made = form.attempt(make) if form.validate_on_submit() else None
    if made is None:
        return None
    return page(
        "console/new_token.html",
        made=made,
        back=url_for(back),
        doubts=use(CatalogService).doubts([made.token.binding.component]),
    )


def _tokens(form: MachineTokenForm, refused: PageForm | None = None) -> Response:
    user = filter_value("user")
    found = use(TokenService).tokens(page_request(), user=user)
    wrong = next((one for one in (form, refused) if one and (one.errors or one.form_errors)), None)
    return page(
        "console/tokens.html",
        status=wrong.status if wrong else 200,
        tokens=found.items,
        next=next_address(found.next_cursor),
        form=form,
        refused=refused,
        user=user,
    )
