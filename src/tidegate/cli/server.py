"""`tidegate serve|openapi|settings`: the server itself, its document, and what it would start with."""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import tempfile

import click

from tidegate.cli.signals import when_asked_to_stop
from tidegate.cli.terminal import open_terminal, write_document


@click.command()
def serve() -> None:
    """Start the server, as the settings say.

    gunicorn on POSIX, waitress on Windows. It listens on 127.0.0.1 alone, because it does not yet ask who is
    calling; `tidegate settings` lists what can be set. With AUTO_MIGRATE=true the database is brought to the
    newest schema first.
    """
    from tidegate import registry
    from tidegate.kernel.telemetry.start import wanted_exporter
    from tidegate.settings import read_settings

    settings = read_settings()  # before anything else starts, so that a fault is one clear message
    registry.enabled(settings.modules)
    wanted_exporter(os.environ)
    if sys.platform == "win32":
        serve_with_waitress()
    else:
        click.echo(f"Tidegate starts on http://{settings.host}:{settings.port} (docs at /docs)", err=True)
        sys.argv = ["gunicorn", "-c", "python:tidegate.gunicorn_conf"]
        runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)


def serve_with_waitress() -> None:
    """Serve where gunicorn does not run; waitress has one process, so it migrates in it.

    Asked to stop it lets requests that have begun come to their end, for five seconds.
    """
    from tidegate.app import create_app, make_container
    from tidegate.settings import read_settings

    settings = read_settings()
    waitress = importlib.import_module("waitress")  # where gunicorn runs, tests alone install it
    container = make_container(settings)
    try:
        with when_asked_to_stop(lambda: sys.exit(0)):
            app = create_app(settings, container)
            waitress.serve(app, host=settings.host, port=settings.port, threads=settings.threads)
    finally:
        container.database.dispose()


@click.command()
def openapi() -> None:
    """Print the API's OpenAPI document as JSON."""
    from tidegate.app import create_app
    from tidegate.kernel.http.openapi import document_bytes
    from tidegate.settings import read_settings

    # Of the defaults, whatever this machine sets: the same version prints the same document everywhere.
    with tempfile.TemporaryDirectory(prefix="tidegate-") as folder:
        write_document(document_bytes(create_app(read_settings({"DATA_DIR": folder}))), None)


@click.command()
def settings() -> None:
    """Print the settings that the server would start with; secrets are not shown."""
    from tidegate.settings import read_settings, written_values

    terminal = open_terminal()
    for name, value in written_values(read_settings()).items():
        click.echo(f"{name}={'(not shown)' if value is None else terminal.tell(value)}")
