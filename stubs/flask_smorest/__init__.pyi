"""The part of flask-smorest that Tidegate uses; the library ships no types."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, ParamSpec, TypeVar

import apispec
import flask
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

class Blueprint(flask.Blueprint):
    ARGUMENTS_PARSER: ClassVar[FlaskParser]
    HTTP_METHODS: ClassVar[list[str]]
    description: str
    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        url_prefix: str | None = ...,
        description: str = ...,
    ) -> None: ...
    def route(self, rule: str, *, methods: Sequence[str] = ..., **options: Any) -> Callable[[F], F]: ...
    def arguments(
        self, schema: type[Schema] | Schema, *, location: str = ..., **kwargs: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
    def response(
        self, status_code: int, schema: type[Schema] | Schema | dict[str, Any] | None = ..., **kwargs: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
    def alt_response(
        self, status_code: int, response: str | None = ..., **kwargs: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
    @staticmethod
    def doc(**kwargs: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
    def _store_endpoint_docs(
        self, endpoint: str, obj: Any, parameters: Any, tags: Any, **options: Any
    ) -> None: ...
    def register_views_in_doc(
        self, api: Any, app: flask.Flask, spec: apispec.APISpec, *, name: str, parameters: Any
    ) -> None: ...
    _docs: dict[str, dict[str, Any]]

class Api:
    DEFAULT_ERROR_RESPONSE_NAME: ClassVar[str | None]
    spec: apispec.APISpec
    ma_plugin: MarshmallowPlugin
    def __init__(self, app: flask.Flask | None = ..., *, spec_kwargs: Mapping[str, Any] = ...) -> None: ...
    def init_app(self, app: flask.Flask, *, spec_kwargs: Mapping[str, Any] = ...) -> None: ...
    def register_blueprint(self, blp: Blueprint, **options: Any) -> None: ...
    def _register_pagination_header(self) -> None: ...
    def _register_error_handlers(self) -> None: ...
    def _register_responses(self) -> None: ...
