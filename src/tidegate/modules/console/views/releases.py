"""Releases: created by form where the gate is open, with what blocks where it is not; notes corrected."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.releases import GateClosed
from tidegate.kernel.access import Access
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.forms.base import offer
from tidegate.modules.console.forms.releases import NotesForm, ReleaseForm
from tidegate.modules.console.service import ConsoleService
from tidegate.modules.console.views.frame import filter_value, pages
from tidegate.modules.releases.service import ReleaseService


@pages.get("/components/<component>/releases/<version>")
@requires(Permission.READ)
def show_release(component: str, version: str) -> Response:
    """Show a release: from which commit, by which verdict, and its notes."""
    return page("console/release.html", release=use(ReleaseService).release(component, version))


@pages.get("/components/<component>/releases/new")
@requires(Permission.RELEASE, inside=True)
def show_new_release(component: str) -> Response:
    """Ask which revision is to be released, as which version, into which environment."""
    form = ReleaseForm(
        revision=filter_value("revision") or "",
        environment=filter_value("environment"),
        version=filter_value("version") or "",
    )
    offer(form.environment, _environments(component))
    return _form(component, form)


@pages.post("/components/<component>/releases/new")
@requires(Permission.RELEASE, inside=True)
def create_release(component: str) -> BaseResponse:
    """Create a release, or show rule by rule what keeps the gate closed."""
    form = ReleaseForm()
    offer(form.environment, _environments(component))
    if form.validate_on_submit():
        made = form.attempt(lambda: use(ReleaseService).create(component, form.wanted()))
        if made:
            release, _ = made
            address = url_for("console.show_release", component=component, version=release.version)
            return redirect(address, 303)
    return _form(component, form)


@pages.get("/components/<component>/releases/<version>/notes")
@requires(Permission.RELEASE, inside=True)
def show_release_notes(component: str, version: str) -> Response:
    """Show a release's notes, to be corrected."""
    known = use(ReleaseService).release(component, version)
    use(Access).require(Permission.RELEASE, component=component, environment=known.environment)
    form = NotesForm(notes=known.notes, version=str(known.edition))
    return page("console/notes_form.html", form=form, release=known)


@pages.post("/components/<component>/releases/<version>/notes")
@requires(Permission.RELEASE, inside=True)
def correct_release_notes(component: str, version: str) -> BaseResponse:
    """Correct a release's notes."""
    form = NotesForm()
    known = use(ReleaseService).release(component, version)
    use(Access).require(Permission.RELEASE, component=component, environment=known.environment)
    if form.validate_on_submit():
        notes, condition = form.notes.data or "", form.condition()
        if form.attempt(lambda: use(ReleaseService).correct_notes(component, version, notes, condition)):
            return redirect(url_for("console.show_release", component=component, version=version), 303)
    known = use(ReleaseService).release(component, version)
    form.read_again(known.edition)
    return page("console/notes_form.html", form=form, release=known, status=form.status)


def _form(component: str, form: ReleaseForm) -> Response:
    described = use(CatalogService).component(component)
    closed = form.refused if isinstance(form.refused, GateClosed) else None
    wanted = form.wanted()
    return page(
        "console/release_form.html",
        form=form,
        component=described,
        suggested=use(ConsoleService).release_suggestions(component),
        closed=closed,
        verdict=(
            use(ConsoleService).newest_verdict(component, wanted.revision, wanted.environment)
            if closed
            else None
        ),
        status=form.status if form.is_submitted() else 200,
    )


def _environments(component: str) -> dict[str, str]:
    """Return the environments into which the caller may release; raises `Forbidden` where there is none."""
    access, known = use(Access), use(ConsoleService).environments()
    found = {
        one.name: one.name if one.gate else f"{one.name}: no gate guards it, so nothing can be released there"
        for one in known
        if access.allows(Permission.RELEASE, component=component, environment=one.name)
    }
    if not found:
        access.require(Permission.RELEASE, component=component)
    return found
