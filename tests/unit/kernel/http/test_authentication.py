"""Tests of the door: what declares nothing stops the start, and what forgets to ask fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Response

from tests.fakes.web import container_for, opened, settings_for
from tests.support.access import as_admin, let_in
from tidegate.app import create_app
from tidegate.domain.access import Permission
from tidegate.kernel.access import Access
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.authentication import NothingDeclared
from tidegate.kernel.http.use import current_work
from tidegate.registry import MODULES, Module


def module_of(declare: Callable[[Blueprint], object]) -> tuple[Module, ...]:
    """Return the modules that know who is asking, and one with operations of the test's own."""
    blueprint = Blueprint("things", __name__, url_prefix="/api/v1/things", description="Things.")
    declare(blueprint)
    own = Module("things", (), lambda _: None, (blueprint,))
    return (*(one for one in MODULES if one.name in ("audit", "identity")), own)


def plain() -> Response:
    """Answer.

    Nothing.
    """
    return Response("done")


class TestDeclarations:
    def test_that_are_missing_stop_the_start(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path)
        container = container_for(settings)
        modules = module_of(lambda blueprint: blueprint.get("")(plain))

        with pytest.raises(NothingDeclared, match="things.plain: write `@blueprint.requires"):
            create_app(settings, container, modules)
        container.database.dispose()

    def test_that_cannot_be_checked_by_the_address_stop_the_start(self, tmp_path: Path) -> None:
        def view() -> Response:
            """Answer.

            Nothing.
            """
            return plain()

        settings = settings_for(tmp_path)
        container = container_for(settings)
        modules = module_of(lambda blueprint: blueprint.get("")(blueprint.requires(Permission.READ)(view)))

        with pytest.raises(NothingDeclared, match="component.read depends on component"):
            create_app(settings, container, modules)
        container.database.dispose()


class TestInside:
    @pytest.mark.parametrize(("asks", "status"), [(True, 200), (False, 500)])
    def test_fails_where_nobody_has_asked(self, tmp_path: Path, asks: bool, status: int) -> None:
        def view() -> Response:
            """Answer.

            Nothing.
            """
            if asks:
                current_work().use(Access).require(Permission.READ)
            return plain()

        settings = settings_for(tmp_path, LOG_LEVEL="CRITICAL")
        container = container_for(settings)
        inside = module_of(
            lambda blueprint: blueprint.get("")(blueprint.requires(Permission.READ, inside=True)(view))
        )
        with opened(create_app(settings, container, inside)) as app:
            let_in(container.database.engine)

            assert as_admin(app.test_client()).get("/api/v1/things").status_code == status
            assert app.test_client().get("/api/v1/things").status_code == 401
            assert app.test_client().options("/api/v1/things").status_code == 200


class TestWithoutIdentity:
    def test_nobody_is_known(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path, DEFAULT_ENABLED_MODULES="operations,audit")
        with opened(create_app(settings, container_for(settings))) as app:
            answer = as_admin(app.test_client()).get("/api/v1/audit/events")

        assert answer.status_code == 401
        assert "DEFAULT_ENABLED_MODULES lacks identity" in answer.get_json()["detail"]
