"""The door of every operation: who is asking, by a bearer token, and whether they may do what it declares.

A page is told who asks by the session's cookie instead; see `kernel.http.sessions`.

A request goes through it in two steps, between which its caller is counted (`limits`): `identify` finds out
who it is, `admit` refuses whom it does not know or who may not. Cookies are never read here, and a token in
an address is refused by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import RULES, Forbidden, Permission, Reach, Unauthenticated
from tidegate.domain.errors import NotFound, TidegateError
from tidegate.domain.principals import ANONYMOUS, SERVER, Principal
from tidegate.domain.tokens import PREFIX
from tidegate.kernel.access import Access, Authenticator, Caller, Refusals, SessionAuthenticator
from tidegate.kernel.container import Work
from tidegate.kernel.http import problems, sessions
from tidegate.kernel.http.operation_docs import Notes, notes_of
from tidegate.kernel.http.pages import NO_ROLE, SIGN_IN, is_page
from tidegate.kernel.http.problems import ProblemError
from tidegate.kernel.http.use import current_container, current_principal, current_work
from tidegate.kernel.logging import logger

REALM = 'Bearer realm="tidegate"'
_SCHEME = "bearer"
_FORM_BYTES = 64 * 1024  # what a form holds besides its file
_NO_CREDENTIALS = (
    "Send an API token as `Authorization: Bearer tdg_…`. Create one where the server runs: "
    "tidegate token create --name NAME --role ROLE"
)
_QUERY_NAMES = frozenset({"access_token", "token", "api_key", "apikey", "authorization"})
_PARTS = {
    Reach.COMPONENT: ("component",),
    Reach.COMPONENT_AND_ENVIRONMENT: ("component", "environment"),
}


class NothingDeclared(Exception):
    """An operation says neither which permission it needs nor that it is public."""


def identify(app: Flask) -> None:
    """Find out who sends each request, and answer those who may not do what they ask for."""
    app.before_request(_identify)
    app.register_error_handler(Unauthenticated, _answer_unauthenticated)
    app.register_error_handler(Forbidden, _answer_forbidden)
    app.after_request(_record_hidden)


def admit(app: Flask) -> None:
    """Refuse whoever may not do what the operation declares, before anything of the request is read."""
    app.before_request(_admit)


def check_declarations(app: Flask) -> None:
    """Raise `NothingDeclared` with every operation and page that does not say who may use it."""
    faults = [
        fault for rule in app.url_map.iter_rules() for fault in _faults(app, rule.endpoint, rule.arguments)
    ]
    if faults:
        raise NothingDeclared("\n".join(faults))


def _faults(app: Flask, endpoint: str, arguments: set[str]) -> Iterator[str]:
    notes = notes_of(app.view_functions[endpoint])
    if notes.permission is None:
        if not (notes.public or notes.signed_in):
            yield f"{endpoint}: write `@blueprint.requires(Permission.…)` or `@blueprint.public` below it."
        return
    needed = _PARTS.get(RULES[notes.permission].reach, ())
    if not notes.checked_inside and not arguments.issuperset(needed):
        yield (
            f"{endpoint}: {notes.permission} depends on {' and '.join(needed)}, which its address does not "
            "name: say `inside=True`, and let the use case ask `Access`."
        )


def _identify() -> None:
    nowhere = _is_nowhere()
    if not nowhere:
        if _declared() is None:
            return
        if request.args:
            _refuse_token_in_query()
    find = _session_of_request() if nowhere or is_page() else _token_of_request()
    if find is None:
        return
    work = Work(current_container(), SERVER)
    try:
        caller = find(work)
    except Unauthenticated as refused:
        g.unauthenticated = refused
        work.close()
    except BaseException:
        work.close()
        raise
    else:
        _let_in(caller, work)


def _token_of_request() -> Callable[[Work], Caller] | None:
    """Return what finds out whose token it is; None where none is presented that could be looked at."""
    given = request.headers.get("Authorization")
    if not given:
        return None
    address = request.remote_addr or ""
    scheme, _, text = given.partition(" ")
    if scheme.lower() != _SCHEME:
        g.unauthenticated = Unauthenticated(f"Only bearer tokens are read here. {_NO_CREDENTIALS}")
        return None
    if not current_container().provides(Authenticator):
        g.unauthenticated = Unauthenticated("Nobody is known here: DEFAULT_ENABLED_MODULES lacks identity.")
        return None

    def find(work: Work) -> Caller:
        if request.method not in ("GET", "HEAD"):
            # A body may take long to arrive: no connection is held meanwhile.
            work.uow.read_singly()
        return work.use(Authenticator).authenticate(text.strip(), address=address)

    return find


def _session_of_request() -> Callable[[Work], Caller] | None:
    """Return what finds out whose session the cookie names; a page never looks at tokens."""
    secret, address = sessions.secret_of_request(), request.remote_addr or ""
    if not secret or not current_container().provides(SessionAuthenticator):
        return None
    return lambda work: work.use(SessionAuthenticator).caller_of(secret, address=address)


def _let_in(caller: Caller, work: Work) -> None:
    if request.method not in ("GET", "HEAD"):
        # A body may take long to arrive: no connection is held meanwhile.
        work.uow.release()
    g.principal = caller.principal
    # Closed with the request, whatever becomes of it.
    g.work = Work(work.container, caller.principal, work.uow, caller.rights)


def _admit() -> None:
    notes = _declared()
    if is_page():
        _make_room(notes)
        sessions.protect()
    if notes is None:
        return
    if (refused := g.get("unauthenticated")) is not None:
        raise refused
    if current_principal() == ANONYMOUS:
        raise Unauthenticated(_NO_CREDENTIALS)
    if notes.signed_in:
        return
    permission, access = notes.permission, current_work().use(Access)
    assert permission is not None  # nosec B101  # `check_declarations` lets no others start
    named = {part: (request.view_args or {}).get(part) for part in ("component", "environment")}
    if notes.checked_inside:
        access.require_somewhere(permission)
    else:
        access.require(permission, **named)


def _make_room(notes: Notes | None) -> None:
    """Let a form be as large as its file may be: its token is looked for within it, so this comes first.

    Before that comes whether its sender may do anything with it, so that nobody else has it received.
    """
    if notes is not None and notes.file_limit is not None and current_principal() != ANONYMOUS:
        if notes.permission is not None:
            current_work().use(Access).require_somewhere(notes.permission)
        request.max_content_length = getattr(current_container().settings, notes.file_limit) + _FORM_BYTES


def _declared() -> Notes | None:
    """Return what the operation declares; None where there is none, or anybody may call it."""
    rule = request.url_rule
    if rule is None:
        return None
    if getattr(rule, "provide_automatic_options", False) and request.method == "OPTIONS":
        return None  # Flask's own answer, which says nothing but the methods
    notes = notes_of(current_app.view_functions[rule.endpoint])
    return None if notes.public else notes


def _is_nowhere() -> bool:
    """Tell whether nothing answers here: who is signed in to the pages is told so within their frame."""
    return request.url_rule is None and not request.path.startswith("/api/")


def _refuse_token_in_query() -> None:
    for name, value in request.args.items(multi=True):
        if name.lower() in _QUERY_NAMES or value.startswith(PREFIX):
            raise ProblemError(
                "malformed",
                f"The address holds a token, or a name for one ({name}): addresses are logged and shared. "
                "Send it as `Authorization: Bearer tdg_…`, and revoke the one that was sent: tidegate token "
                "revoke NAME",
            )


def _answer_unauthenticated(error: Unauthenticated) -> BaseResponse:
    if is_page():
        # Whoever opens a page is asked who they are; that is no attempt that anybody has to know of.
        where = {"next": request.full_path.rstrip("?")} if request.method == "GET" else {}
        return redirect(f"{SIGN_IN}?{urlencode(where)}" if where else SIGN_IN)
    # What a caller claims to be counts for nothing here; its address does.
    record(Principal(ANONYMOUS.kind, address=request.remote_addr or ""), None, str(error))
    response = problems.answer_domain_error(error)
    wrong = ', error="invalid_token"' if request.headers.get("Authorization") else ""
    response.headers["WWW-Authenticate"] = REALM + wrong
    return response


def _answer_forbidden(error: Forbidden) -> BaseResponse:
    record(current_principal(), error.permission, str(error))
    if is_page() and request.method == "GET" and not current_work().rights.bindings:
        return redirect(NO_ROLE)
    if error.component is not None and _is_unseen(error.component):
        return problems.answer_domain_error(NotFound("component", error.component))
    response = problems.answer_domain_error(error)
    response.headers["WWW-Authenticate"] = f'{REALM}, error="insufficient_scope"'
    return response


def _is_unseen(component: str) -> bool:
    """Tell whether a page is of a component that its reader may not know of, as their lists leave it out.

    One that a form names, as to register it, is no page's: who may not is told so.
    """
    work, named = current_work(), {**(request.view_args or {}), **request.args}
    return (
        is_page()
        and named.get("component") == component
        and bool(work.rights.bindings)
        and not work.use(Access).allows(Permission.READ, component=component)
    )


def _record_hidden(response: Response) -> Response:
    """Record the attempt to see what the caller was told not to be there."""
    work: Work | None = g.get("work") if response.status_code == 404 else None
    hidden = work.use(Access).hidden if work is not None else None
    if hidden is not None:
        record(current_principal(), hidden.permission, str(hidden))
    return response


def record(
    principal: Principal,
    permission: Permission | None,
    reason: str,
    *,
    action: str = "",
    account: str | None = None,
) -> None:
    """Write a refused attempt into the log and the audit log; that it cannot be written changes no answer.

    `account` is a name that is registered, never what somebody typed.
    """
    route = request.url_rule.rule if request.url_rule is not None else request.path
    logger().warning("access.refused", actor=str(principal), permission=permission, route=route)
    if (own := g.get("work")) is not None:
        own.uow.release()
    work = current_container().work(principal)
    try:
        work.use(Refusals).refused(
            action=action or ("access.refused" if permission else "access.unauthenticated"),
            subject=f"operation:{request.method} {request.path}"[:500],
            reason=reason,
            account=account,
        )
    except (TidegateError, LookupError) as error:
        logger().error("access.refusal_not_recorded", reason=str(error))
    finally:
        work.close()
