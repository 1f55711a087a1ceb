"""`tidegate serve|openapi|settings`: the server itself, its document, and what it would start with."""

from __future__ import annotations

import sys

import click

from tidegate.cli.terminal import open_terminal, write_document


@click.command()
def serve() -> None:
    """Start the server, as the settings say.

    gunicorn on POSIX, waitress on Windows. It listens on 127.0.0.1 alone, because it does not yet ask who is
    calling; `tidegate settings` lists what can be set. With AUTO_MIGRATE=true the database is brought to the
    newest schema first.
    """
    from tidegate.settings import read_settings

    settings = read_settings()  # before anything else starts, so that a fault is one clear message
    if sys.platform == "win32":
        _serve_with_waitress()
    else:
        from gunicorn.app.wsgiapp import WSGIApplication

        click.echo(f"Tidegate listens on http://{settings.host}:{settings.port} (docs at /docs)", err=True)
        sys.argv = ["tidegate serve", "-c", "python:tidegate.gunicorn_conf"]
        WSGIApplication("%(prog)s").run()
