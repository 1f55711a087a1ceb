"""The one adapter over flask-smorest's private parts: how it stores the docs of operations and its defaults.

No request is decided by what is written here: it only says what OpenAPI documents.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from types import MappingProxyType
from typing import Any

import apispec
import flask_smorest
from flask import Flask

from tidegate.kernel.http.mappings import describe_mapping
from tidegate.kernel.http.operation_docs import LOCATION, Notes, notes_of
from tidegate.kernel.http.problem_docs import response_name

WEBHOOKS = "x-webhooks"
"""Where the document tells what Tidegate sends.

Under `webhooks` openapi-generator takes it for an operation to call, and writes Python that cannot be read.
"""


class DocumentedBlueprint(flask_smorest.Blueprint):
    """A blueprint whose operations are documented from the notes that our decorators leave on the views.

    `webhooks` are the requests that the server sends, as OpenAPI describes them, by their names.
    """

    webhooks: Mapping[str, Any] = MappingProxyType({})

    def _store_endpoint_docs(
        self, endpoint: str, obj: Callable[..., Any], parameters: Any, tags: Any, **options: Any
    ) -> None:
        """Add to what flask-smorest stores for each method of a view; it is called once for each route."""
        super()._store_endpoint_docs(endpoint, obj, parameters, tags, **options)
        for method, doc in self._docs[endpoint].items():
            if method != "parameters":
                _document(doc, notes_of(obj), operation_id=f"{self.name}_{endpoint}")

    def register_views_in_doc(self, api: PlainApi, *args: Any, **kwargs: Any) -> None:
        """Leave it to whoever first asks for the document: it is most of what a start would wait for."""
        api.undocumented.append(partial(super().register_views_in_doc, api, *args, **kwargs))
        if self.webhooks:
            api.spec.options.setdefault(WEBHOOKS, {}).update(self.webhooks)


class PlainApi(flask_smorest.Api):
    """An API without flask-smorest's own errors, responses and pagination header."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, *, spec_kwargs: dict[str, Any]) -> None:
        self.undocumented: list[Callable[[], None]] = []
        self._lock = Lock()
        super().__init__(app, spec_kwargs=spec_kwargs)
        assert self.ma_plugin.converter is not None  # nosec B101  # made with the document, just now
        self.ma_plugin.converter.add_attribute_function(  # type: ignore[no-untyped-call]  # it has no types
            describe_mapping
        )

    def documented(self) -> apispec.APISpec:
        """Return what was documented, of every blueprint; threads that ask at the same time wait."""
        with self._lock:
            while self.undocumented:
                self.undocumented.pop(0)()
        spec: apispec.APISpec = self.spec
        return spec

    @abstractmethod
    def register_components(self, components: apispec.core.Components) -> None:
        """Register the responses and schemas that operations refer to."""

    def _register_error_handlers(self) -> None:
        """Leave errors to `kernel.http.problems`."""

    def _register_pagination_header(self) -> None:
        """Leave pages to `kernel.http.pagination`."""

    def _register_responses(self) -> None:
        self.register_components(self.spec.components)


def spec_of(app: Flask) -> apispec.APISpec:
    """Return what was documented of an app."""
    api: PlainApi = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return api.documented()


def _document(doc: dict[str, Any], notes: Notes, *, operation_id: str) -> None:
    """Write the notes, and the problems that every operation may answer, into an operation's docs."""
    doc.get("arguments", {}).pop("responses", None)
    if parameters := notes.parameters():
        doc.setdefault("arguments", {}).setdefault("parameters", []).extend(parameters)
    responses = doc.setdefault("response", {}).setdefault("responses", {})
    for status in notes.problem_statuses():
        responses.setdefault(status, [response_name(status)])
    manual = doc.setdefault("manual_doc", {})
    manual.setdefault("operationId", operation_id)
    manual["security"] = notes.security()
    if notes.permission is not None:
        manual["x-permission"] = str(notes.permission)
    if "responses" in manual:
        # flask-smorest counts statuses by number; written as text the two would not be merged.
        manual["responses"] = {int(status): given for status, given in manual["responses"].items()}
    for status, answers in responses.items():
        for answer in answers:
            if isinstance(answer, dict) and int(status) < 300:
                answer["headers"] = _headers(int(status), notes, answer)
    if notes.tagged:
        responses[304] = ["NotModified"]


def _headers(status: int, notes: Notes, answer: Mapping[str, Any]) -> dict[str, Any]:
    location = {"Location": LOCATION} if status == 201 else {}
    return {**notes.answer_headers(), **location, **answer.get("headers", {})}
