"""gunicorn's threaded worker, made so that no slow client keeps a thread.

`worker` decides which connection waits for what; `receiving` knows where a request ends, `spool` keeps what
arrived of it, `sending` what a client has not taken yet.
"""

from tidegate.gunicorn_worker.worker import GunicornWorker

__all__ = ["GunicornWorker"]
