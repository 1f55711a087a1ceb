"""API tokens, as administrators look after them."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.forms.people import MachineTokenForm
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.console.views.proof import sensitive
from tidegate.modules.identity.tokens import TokenService


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
    if form.validate_on_submit():
        made = form.attempt(
            lambda: use(TokenService).create(
                name=form.name.data or "", binding=form.binding(), days=form.days.data
            )
        )
        if made is not None:
            return page("console/new_token.html", made=made, back=url_for("console.list_tokens"))
    return _tokens(form)


@pages.post("/tokens/<token_id>/rotate")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def rotate_token(token_id: str) -> Response:
    """Make a token in another one's place, and show it this once."""
    form = PageForm()
    made = form.attempt(lambda: use(TokenService).rotate(token_id))
    if made is None:
        return _tokens(MachineTokenForm(formdata=None), form)
    return page("console/new_token.html", made=made, back=url_for("console.list_tokens"))


@pages.post("/tokens/<token_id>/revoke")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def revoke_token(token_id: str) -> BaseResponse:
    """Let a token work no more."""
    use(TokenService).revoke(token_id)
    return redirect(url_for("console.list_tokens"), 303)


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
