"""Trusted publishers, as administrators look after them: whose jobs are let in without a secret."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.publishers import PROVIDERS, Provider
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.forms.publishers import FORMS, PublisherForm
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.console.views.proof import sensitive
from tidegate.modules.federation.exchange import ExchangeService
from tidegate.modules.federation.service import PublisherService

_LABELS = {Provider.GITHUB: "GitHub Actions", Provider.GITLAB: "GitLab CI", Provider.OTHER: "Another issuer"}


@pages.get("/publishers")
@requires(Permission.MANAGE_ACCESS)
def list_publishers() -> Response:
    """Show whose jobs are trusted, and ask for others."""
    return _publishers(_form_for(filter_value("provider")))


@pages.post("/publishers")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def add_publisher() -> BaseResponse:
    """Trust the jobs of a publisher."""
    form = _form_for(request.form.get("provider"))
    if form.validate_on_submit():
        made = form.attempt(
            lambda: use(PublisherService).add(
                name=form.name.data or "",
                provider=form.of,
                issuer=form.issuer.data or "",
                claims=form.claimed(),
                binding=form.binding(),
            )
        )
        if made is not None:
            return redirect(url_for("console.list_publishers"), 303)
    return _publishers(form)


@pages.post("/publishers/<publisher>/remove")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def remove_publisher(publisher: str) -> BaseResponse:
    """Trust a publisher no more."""
    form = PageForm()
    if form.attempt(lambda: use(PublisherService).remove(publisher)) is not None:
        return redirect(url_for("console.list_publishers"), 303)
    return _publishers(FORMS[Provider.GITHUB](formdata=None), form)


def _form_for(provider: str | None) -> PublisherForm:
    """Return the form of a provider; GitHub's where none is named that is known."""
    chosen = next((one for one in Provider if one == provider), Provider.GITHUB)
    return FORMS[chosen]()


def _publishers(form: PublisherForm, refused: PageForm | None = None) -> Response:
    service = use(PublisherService)
    found = service.publishers(page_request())
    wrong = next((one for one in (form, refused) if one and not one.fine), None)
    return page(
        "console/publishers.html",
        status=wrong.status if wrong else 200,
        publishers=found.items,
        last_uses=service.last_uses(found.items),
        next=next_address(found.next_cursor),
        audience=use(ExchangeService).audience,
        labels=_LABELS,
        issuers={provider: rule.issuer for provider, rule in PROVIDERS.items()},
        form=form,
        refused=refused,
    )
