"""`tidegate serve|openapi|settings`: the server itself, its document, and what it would start with."""

from __future__ import annotations

import errno
import importlib
import os
import runpy
import select
import socket
import sys
import tempfile

import click

from tidegate.cli.lazy import NotDone
from tidegate.cli.signals import when_asked_to_stop
from tidegate.cli.terminal import open_terminal, write_document

_IDLE_SECONDS = 20  # that a connection of waitress may be silent


@click.command()
def serve() -> None:
    """Start the server with the configured settings.

    gunicorn on POSIX, waitress on Windows. `tidegate settings` lists the settings, and `tidegate token
    create` lets somebody call it. With AUTO_MIGRATE=true the database is migrated first; in
    development an empty SQLite file always is.
    """
    from tidegate.settings import read_settings

    settings = read_settings()  # before anything else starts, so that a fault is one clear message, and soon

    from tidegate import registry
    from tidegate.kernel.telemetry.start import wanted_exporter

    registry.enabled(settings.modules)
    wanted_exporter(os.environ)
    refuse_taken_port(settings.host, settings.port)
    if sys.platform == "win32":
        serve_with_waitress()
    else:
        click.echo(f"Tidegate starts on http://{settings.host}:{settings.port} (docs at /docs)", err=True)
        sys.argv = ["gunicorn", "-c", "python:tidegate.gunicorn_conf"]
        runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)


def refuse_taken_port(host: str, port: int) -> None:
    """Say in one line what stands in the way of listening there; gunicorn would try five times first.

    Sockets that systemd opened, and addresses on gunicorn's own command line, are not looked at.
    """
    if "LISTEN_FDS" in os.environ or "GUNICORN_CMD_ARGS" in os.environ:
        return
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":  # where it would let two listen on one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NotDone(
                f"Port {port} on {host} is in use: stop what listens there, or set PORT to another number."
            ) from error
        raise NotDone(f"Tidegate cannot listen on {host}:{port} (HOST, PORT): {error.strerror}.") from error


def serve_with_waitress() -> None:
    """Serve where gunicorn does not run; waitress has one process, so it migrates in it.

    Asked to stop it lets requests that have begun come to their end, for five seconds.
    """
    from tidegate.app import create_app, first_start, make_container, prepare_schema
    from tidegate.settings import read_settings

    settings = read_settings()
    waitress = importlib.import_module("waitress")  # where gunicorn runs, tests alone install it
    container = make_container(settings)
    try:
        with when_asked_to_stop(lambda: sys.exit(0)):
            prepare_schema(container)
            if offer := first_start(container):
                click.echo(offer, err=True)
            app = create_app(settings, container)
            waitress.serve(
                app,
                host=settings.host,
                port=settings.port,
                threads=settings.threads,
                # It reads requests without its threads; these bound who keeps it waiting.
                connection_limit=settings.connections,
                channel_timeout=_IDLE_SECONDS,
                cleanup_interval=settings.head_timeout,
                max_request_body_size=settings.largest_body,
                asyncore_use_poll=hasattr(select, "poll"),  # the other way knows 1,024 connections at most
            )
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
        click.echo(f"{name}={'(not shown)' if value is None else terminal.plain(value)}")
