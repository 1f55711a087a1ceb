"""The application, put together: read this first."""

from __future__ import annotations

import os

from flask import Flask

from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import SERVER
from tidegate.environment import SettingsError
from tidegate.kernel import access, secret_cipher
from tidegate.kernel.backups.manifest import Manifest
from tidegate.kernel.backups.restoring import is_empty
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.flag_sources import Defaults
from tidegate.kernel.flags import Flags
from tidegate.kernel.http import (
    api,
    assets,
    authentication,
    docs,
    limits,
    problems,
    requests,
    schema_check,
    security,
    sessions,
    strict_limits,
    templating,
)
from tidegate.kernel.issuers import issuers
from tidegate.kernel.jobs import wiring
from tidegate.kernel.logging import configure_logging, logger
from tidegate.kernel.outgoing import client
from tidegate.kernel.storage import check_url
from tidegate.kernel.telemetry.meter import Meter
from tidegate.kernel.telemetry.start import meter_for, tracer_for
from tidegate.kernel.telemetry.tracer import Tracer
from tidegate.modules.backups.service import BackupService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.set_up import SetUpService
from tidegate.registry import MODULES, Module, enabled
from tidegate.settings import Settings, read_settings

FIRST_ADMINISTRATOR = "admin"
_EVERY_ADDRESS = ("0.0.0.0", "::", "[::]")  # nosec B104  # compared, never bound to
FIRST_PERSON = (
    "Run `tidegate user set-up` where the server runs for a one-time code, or `tidegate user create NAME "
    "--admin`."
)
FIRST_START_IS_OVER = (
    "There are users already, so the first-start setting changes nothing: take it away, and change passwords "
    "with `tidegate user password NAME`."
)


def create_app(
    settings: Settings | None = None,
    container: Container | None = None,
    modules: tuple[Module, ...] = MODULES,
) -> Flask:
    """Make the web application: `flask --app tidegate.app run`, gunicorn and waitress start here.

    Tests hand in a container with fakes, or modules of their own. Raises `SettingsError` where the settings
    do not allow a start.
    """
    settings = settings or read_settings()
    chosen = enabled(settings.modules, modules)
    configure_logging(settings)

    container = container or make_container(settings)
    if settings.auto_migrate:
        migrate(container)
    compose(container, chosen)

    app = requests.App("tidegate", static_folder=None, template_folder="kernel/http/templates")
    templating.install(app)
    assets.install(app)
    requests.install(app, container)
    container.tracer.follow_requests(app)
    problems.install(app)
    security.install(app, settings)
    schema_check.install(app, container)
    authentication.identify(app)
    limits.install(app, settings)
    strict_limits.install(app, settings)
    authentication.admit(app)
    sessions.install(app, settings.secret_key)

    interface = api.install(app)
    for module in chosen:
        for blueprint in module.blueprints:
            interface.register_blueprint(blueprint)
        for pages in module.pages:
            app.register_blueprint(pages)
    docs.install(app)
    authentication.check_declarations(app)
    return app


def compose(container: Container, modules: tuple[Module, ...]) -> None:
    """Put the modules together; web and worker processes are made of the same parts."""
    container.module_names = tuple(module.name for module in modules)
    access.install(container)
    defaults = Flags(Defaults())
    container.provide(Flags, lambda _: defaults)
    secret_cipher.install(container)
    client.install(container)
    issuers.install(container)
    wiring.install(container)
    for module in modules:
        module.build(container)


def prepare_schema(container: Container) -> None:
    """Do before a server starts what the settings say of the schema.

    AUTO_MIGRATE brings any database to the newest one; in development an empty SQLite file gets it anyway, so
    that a first start needs no other command.
    """
    settings, database = container.settings, container.database
    new = settings.environment == "development" and database.dialect == SQLITE and is_empty(database)
    if settings.auto_migrate or new:
        migrate(container)


def first_start(container: Container) -> str | None:
    """Make the first administrator where ADMIN_INITIAL_PASSWORD says so and there is nobody yet.

    Where it says nothing, returns what to tell whoever started it: the address and the one-time code by which
    they make the first administrator. Where the log is written for collectors, which keep what they are told,
    no code is made: the log names the command that prints one. An old schema is left to what answers
    requests. Raises `Invalid` for a password that is not accepted.
    """
    password = container.settings.admin_initial_password
    if not schema.at_head(container.database):
        return None
    work = with_all_modules(container).work(SERVER)
    try:
        if not password:
            return _offer_at_start(work)
        made = work.use(UserService).create_first_administrator(FIRST_ADMINISTRATOR, password)
    finally:
        work.close()
    if made:
        logger().info("access.first_administrator_made", user=FIRST_ADMINISTRATOR)
    else:
        logger().warning("access.initial_password_ignored", reason=FIRST_START_IS_OVER)
    return None


def _offer_at_start(work: Work) -> str | None:
    try:
        if work.container.settings.log_format == "console":
            return set_up_offer(work)
        if work.use(UserService).is_nobody():
            logger().warning("access.nobody_can_sign_in", remedy=FIRST_PERSON)
        return None
    except TidegateError as error:
        # A database that cannot write now may still be read: that is no reason not to start.
        logger().warning("access.set_up_not_offered", reason=str(error))
        return None


def set_up_offer(work: Work) -> str | None:
    """Make a one-time code for the first administrator, and say how it is used; None where there is anybody.

    It is printed, never logged: whoever reads it within the hour may use it, once.
    """
    code = work.use(SetUpService).offer_first_administrator()
    if code is None:
        return None
    settings = work.container.settings
    host = "127.0.0.1" if settings.host in _EVERY_ADDRESS else settings.host
    where = "" if settings.setup_from_anywhere else " on this machine"
    return (
        f"Nobody can sign in yet. Open http://{host}:{settings.port}/setup{where} within the hour and "
        f"enter the code {code.text}\nOr make an administrator here: tidegate user create NAME --admin"
    )


def migrate(container: Container, *, backup: bool = True) -> Manifest | None:
    """Bring the schema to its head; a database that is not empty is backed up before. Returns that backup.

    Safe to call from any number of processes at once: one migrates, the others wait for it.
    """
    settings = container.settings
    taken: list[Manifest] = []

    def before() -> None:
        if not (backup and settings.migrate_backup):
            return
        work = with_all_modules(container).work(SERVER)
        try:
            taken.append(work.use(BackupService).create(reason="before a migration"))
        finally:
            work.close()

    schema.upgrade(container.database, patience=settings.migrate_timeout, before=before)
    return taken[0] if taken else None


def with_all_modules(container: Container) -> Container:
    """Put every module together over the same database, whichever are switched on: a backup is of all."""
    every = Container(
        settings=container.settings,
        database=container.database,
        blobs=container.blobs,
        clock=container.clock,
    )
    compose(every, MODULES)
    return every


def make_container(settings: Settings, *, watched: bool = True) -> Container:
    """Open what lives as long as the process; nothing is connected before its first use.

    A process that forks afterwards is not `watched`: what counts and traces has threads and files of its own.
    """
    container = Container(
        settings=settings,
        database=Database.from_settings(settings),
        blobs=_blobs_of(settings),
        clock=SystemClock(),
        meter=meter_for(settings) if watched else Meter(),
        tracer=tracer_for(os.environ) if watched else Tracer(),
    )
    container.meter.watch(container.database)
    container.tracer.follow_statements(container.database)
    return container


def check_store(settings: Settings) -> None:
    """Raise `SettingsError` where nothing can be kept at BLOB_URL; opens nothing."""
    try:
        check_url(settings.blob_url)
    except ValueError as error:
        raise SettingsError((f"BLOB_URL: {error}.",)) from error


def _blobs_of(settings: Settings) -> BlobStore:
    check_store(settings)
    return BlobStore.from_url(settings.blob_url)
