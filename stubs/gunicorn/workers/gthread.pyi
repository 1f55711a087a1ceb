# gunicorn.workers.gthread: the worker that accepts in one thread and answers in others.
import socket
from collections import deque
from selectors import BaseSelector
from typing import Any

DEFAULT_WORKER_DATA_TIMEOUT: float

class TConn:
    sock: socket.socket
    timeout: float
    initialized: bool
    data_ready: bool
    def __init__(self, cfg: Any, sock: socket.socket, client: object, server: object) -> None: ...

class ThreadWorker:
    alive: bool
    cfg: Any
    poller: BaseSelector
    pending_conns: deque[TConn]
    keepalived_conns: deque[TConn]
    def __init__(
        self, age: int, ppid: int, sockets: list[Any], app: Any, timeout: float, cfg: Any, log: Any
    ) -> None: ...
    def enqueue_req(self, conn: TConn) -> None: ...
    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None: ...
    def wait_for_and_dispatch_events(self, timeout: float) -> None: ...
