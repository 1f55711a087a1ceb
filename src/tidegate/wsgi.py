"""What gunicorn and waitress load: `gunicorn -c python:tidegate.gunicorn_conf tidegate.wsgi:app`."""

from __future__ import annotations

from tidegate.app import create_app

app = create_app()
