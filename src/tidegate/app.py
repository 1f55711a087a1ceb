"""The application, put together: read this first."""

from __future__ import annotations

from flask import Flask

from tidegate import registry
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http import api, docs, limits, problems, requests, security
from tidegate.kernel.logging import configure_logging
from tidegate.settings import Settings, read_settings


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    """Make the web application; `flask --app tidegate.app run`, gunicorn and waitress all start here.

    Tests hand in a container with fakes. Raises `SettingsError` where the settings cannot be started with.
    """
    settings = settings or read_settings()
    modules = registry.enabled(settings.modules)
    configure_logging(settings)

    container = container or make_container(settings)
    container.module_names = tuple(module.name for module in modules)
    for module in modules:
        module.build(container)

    app = Flask("tidegate", static_folder=None)
    requests.install(app, container)
    problems.install(app)
    security.install(app, settings)
    limits.install(app, settings)

    interface = api.install(app)
    for module in modules:
        for blueprint in module.blueprints:
            interface.register_blueprint(blueprint)
    docs.install(app)
    return app


def make_container(settings: Settings) -> Container:
    """Open what lives as long as the process; nothing is connected before its first use."""
    from tidegate.kernel.blobs import BlobStore

    return Container(
        settings=settings,
        database=Database.from_settings(settings),
        blobs=BlobStore.from_settings(settings),
        clock=SystemClock(),
    )
