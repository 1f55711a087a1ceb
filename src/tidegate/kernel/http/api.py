"""The API's frame: its blueprints, how a controller is written, and what OpenAPI learns from it.

A module's `controller.py` looks like this; nothing else is needed:

    blueprint = Blueprint(
        "components", __name__, url_prefix="/api/v1/components", description="Deployable things."
    )

    @blueprint.get("/<component>")
    @blueprint.requires(Permission.READ)
    @blueprint.response(200, ComponentSchema, example=COMPONENT)
    @blueprint.tagged
    @blueprint.problems(NotFound)
    def show_component(component: str) -> Answer:
        \"\"\"Show a component.

        Everything below the first line is the operation's description in the docs.
        \"\"\"
        found = use(CatalogService).component(component)
        return answer(found, version=found.version)

    @blueprint.patch("/<component>")
    @blueprint.requires(Permission.DESCRIBE_COMPONENT)
    @blueprint.arguments(ComponentChangeSchema, example={"title": "Shop"})
    @blueprint.response(200, ComponentSchema, example=COMPONENT)
    @blueprint.conditional
    @blueprint.problems(NotFound, Invalid)
    def change_component(change: ComponentChange, component: str) -> Answer:
        \"\"\"Change a component.

        …
        \"\"\"
        changed = use(CatalogService).change(component, change, if_match())
        return answer(changed, version=changed.version)

    @blueprint.get("")
    @blueprint.requires(Permission.READ, inside=True)  # the use case asks `Access` which of them
    @blueprint.page_of(ComponentSchema, example=COMPONENT)  # query=… adds filters (inherit from PageQuery)
    def list_components(page: PageRequest) -> Answer:
        \"\"\"List the components.

        …
        \"\"\"
        return paged(use(CatalogService).components(page))

    @blueprint.post("")
    @blueprint.idempotent  # always right under the route
    @blueprint.requires(Permission.DESCRIBE_COMPONENT, inside=True)
    @blueprint.arguments(NewComponentSchema, example=NEW_COMPONENT)
    @blueprint.response(201, ComponentSchema, example=COMPONENT)
    @blueprint.problems(Conflict, Invalid)
    def register_component(new: NewComponent) -> Answer:
        \"\"\"Register a component.

        …
        \"\"\"
        made = use(CatalogService).register(new)
        return answer(
            made, status=201, version=made.version, location=f"/api/v1/components/{made.name}"
        )

Every operation declares its permission, or says that it is `public`; one that does neither stops the start.
Schemas dump the domain's frozen dataclasses, and make one of what comes in; dicts stop there.
Errors are raised by the services and answered by `kernel.http.problems`; a controller catches none.
Every operation is documented with 400, 429, 500 and 503, one with a body with 413, 415 and 422 as well, and
one that is not public with 401 and 403.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import apispec
import msgspec
from flask import Flask, Response, current_app, request
from flask.json.provider import JSONProvider
from marshmallow import Schema

import tidegate
from tidegate.domain.access import Permission
from tidegate.kernel.http import idempotency, limits, pagination, paths, report_forms
from tidegate.kernel.http.declarations import behind_flag, public, reads_replica, requires
from tidegate.kernel.http.operation_docs import BEARER, LINK, STEP, notes_of, slug_of
from tidegate.kernel.http.parsing import Parser
from tidegate.kernel.http.problem_docs import (
    FAULT_NAME,
    FAULT_SCHEMA,
    PROBLEM_SCHEMA,
    SCHEMA_NAME,
    problem_response,
    response_name,
    statuses,
)
from tidegate.kernel.http.problems import ProblemError
from tidegate.kernel.http.smorest import DocumentedBlueprint, PlainApi

F = TypeVar("F", bound=Callable[..., Any])


class Json(JSONProvider):
    """Writes and reads JSON with msgspec: several times faster than the standard library's."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return the value as JSON text."""
        return msgspec.json.encode(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return the value of a JSON text."""
        return msgspec.json.decode(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the arguments as an `application/json` answer."""
        body = msgspec.json.encode(self._prepare_response_obj(args, kwargs))
        return Response(body, content_type="application/json")


class Blueprint(DocumentedBlueprint):
    """A module's part of the API; the module's docstring shows how its controllers are written."""

    ARGUMENTS_PARSER = Parser()

    def route(self, rule: str, *, parameters: Any = None, tags: Any = None, **options: Any) -> Any:
        """Register a view; the names in its address are documented from `kernel.http.paths`."""
        named = paths.parameters_of((self.url_prefix or "") + rule)
        return super().route(rule, parameters=[*named, *(parameters or ())], tags=tags, **options)

    def requires(
        self, permission: Permission, *, inside: bool = False
    ) -> Callable[[F], F | Callable[..., Any]]:
        """Let only those call the operation who have a permission; see `declarations.requires`."""
        return requires(permission, inside=inside)

    def public(self, view: F) -> F:
        """Let anybody call the operation, known or not: for what tells nothing that is worth protecting."""
        return public(view)

    def reads_replica(self, view: F) -> Callable[..., Any]:
        """Let the operation answer from the replica, where there is one; see `declarations.reads_replica`."""
        return reads_replica(view)

    def behind_flag(self, name: str) -> Callable[[F], Callable[..., Any]]:
        """Let the operation answer only where a flag is on; see `declarations.behind_flag`."""
        return lambda view: self.problems("switched-off")(behind_flag(name)(view))

    def arguments(
        self, schema: type[Schema] | Schema, *, location: str = "json", **kwargs: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Let the operation take what a schema reads from the body, the query or the headers."""
        # Made once: of a class each request would make one anew.
        made = schema() if isinstance(schema, type) else schema
        decorate = super().arguments(made, location=location, **kwargs)

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            wrapped = decorate(view)
            notes_of(wrapped).locations.add(location)
            return wrapped

        return decorator

    def tagged(self, view: F) -> F:
        """Document that the answer has an `ETag` and that `If-None-Match` may turn a GET into a 304."""
        notes_of(view).tagged = True
        return view

    def conditional(self, view: F) -> F:
        """Document that the operation needs `If-Match` (`if_match()`), and answers 412 and 428."""
        notes_of(view).conditional = True
        return self.problems("stale", "precondition-required")(view)

    def optionally_conditional(self, view: F) -> F:
        """Document that `If-Match` may be given (`if_match(required=False)`), and answers 412."""
        notes_of(view).optionally_conditional = True
        return self.problems("stale")(view)

    def idempotent(self, view: F) -> Callable[..., Any]:
        """Let `Idempotency-Key` make the operation safe to repeat; stands right under the route."""
        return _repeatable(idempotency.idempotent(view))

    def idempotent_but_for(self, secret: str) -> Callable[[F], Callable[..., Any]]:
        """Do as `idempotent` does; a member of the answer that is secret is told once and kept nowhere."""
        return lambda view: _repeatable(idempotency.idempotent(view, told_once=secret))

    def problems(self, *errors: type[Exception] | str) -> Callable[[F], F]:
        """Document the problems of an operation, by the domain's error classes or by slug."""
        slugs = [error if isinstance(error, str) else slug_of(error) for error in errors]

        def decorator(view: F) -> F:
            notes_of(view).problems.extend(slugs)
            return view

        return decorator

    def page_of(
        self, item: type[Schema], *, example: Any, query: type[pagination.PageQuery] = pagination.PageQuery
    ) -> Callable[[F], Callable[..., Any]]:
        """Make the operation a list: `page` and the query's other fields come in as keyword arguments."""
        schema = pagination.page_schema(item)
        answers = self.response(200, schema, example=pagination.page_example(example), headers={"Link": LINK})
        asks = self.arguments(query, location="query", as_kwargs=True)
        return lambda view: asks(answers(view))

    def main_job(self, number: int, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Show the operation as a step of the main job, at the beginning of the docs."""
        return self.doc(**{STEP: {"number": number, "text": text}})

    def takes_form(
        self, schema: type[Schema], *, example: Any, description: str
    ) -> Callable[[F], Callable[..., Any]]:
        """Let the operation take reports as files of a form (`report_forms.uploaded_form`)."""
        described = {
            "description": description,
            "required": True,
            "content": {report_forms.MEDIA_TYPE: {"schema": schema, "example": example}},
        }

        def decorator(view: F) -> Callable[..., Any]:
            notes_of(view).takes_report = True
            return self.doc(requestBody=described)(view)

        return decorator

    def takes_report(self, *, example: str, description: str) -> Callable[[F], Callable[..., Any]]:
        """Let the operation take a report as its raw body (`request.get_data()` or `request.stream`)."""
        described = {
            "description": description,
            # An empty report is one too, and HTTP does not tell an empty body from none.
            "required": False,
            "content": {
                "application/octet-stream": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": example,
                }
            },
        }

        def decorator(view: F) -> Callable[..., Any]:
            wrapped = limits.takes_report(view)
            notes_of(wrapped).takes_report = True
            return self.doc(requestBody=described)(wrapped)

        return decorator


def _repeatable(wrapped: Callable[..., Any]) -> Callable[..., Any]:
    notes = notes_of(wrapped)
    notes.idempotent = True
    notes.problems.extend(("conflict", "idempotency-key-reused"))
    return wrapped


class Api(PlainApi):
    """Collects the blueprints and what OpenAPI says of them."""

    def register_components(self, components: apispec.core.Components) -> None:
        """Say once what each problem looks like; operations refer to it."""
        components.schema(SCHEMA_NAME, PROBLEM_SCHEMA)
        components.schema(FAULT_NAME, FAULT_SCHEMA)
        components.security_scheme(BEARER, _BEARER)
        for status in statuses():
            components.response(response_name(status), problem_response(status), lazy=True)
        components.response(
            "NotModified", {"description": "Not modified: the version is still current."}, lazy=True
        )


def install(app: Flask) -> Api:
    """Give the app its JSON and its API."""
    app.json = Json(app)
    app.before_request(_refuse_unread_query)
    app.config |= {"API_TITLE": "Tidegate", "API_VERSION": tidegate.__version__, "OPENAPI_VERSION": "3.1.0"}
    info = {"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    return Api(app, spec_kwargs={"info": info, "servers": [{"url": "/"}], "security": []})


def _refuse_unread_query() -> None:
    """Refuse a query where the operation reads none: `?head=…` that nobody compares would look like a yes."""
    if not request.args or request.endpoint is None or not request.path.startswith("/api/"):
        return
    if not notes_of(current_app.view_functions[request.endpoint]).reads_query:
        names = ", ".join(sorted(request.args))
        raise ProblemError("malformed", f"This operation reads no parameter of the query: take away {names}.")


_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "tdg_…",
    "description": "An API token, as `tidegate token create` prints it.",
}
DESCRIPTION = """\
Tidegate decides whether a release may ship: evidence goes in, a verdict that explains itself comes out.

Every operation but those of health needs an API token, sent as `Authorization: Bearer tdg_…`, whose role
allows it; each names its permission. Every error is an RFC 9457 problem. Lists come in pages with `Link`
headers. What can be changed has an `ETag` and is changed with `If-Match`. What creates is safe to repeat.

Submitting evidence, asking for a verdict and asking for a release are judged when they are asked, every time;
verdicts that are read back are history. The server knows no waivers yet."""
