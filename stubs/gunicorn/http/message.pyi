# gunicorn.http.message: a request whose head is read.
from typing import Any

from gunicorn.http.body import Body
from gunicorn.http.unreader import Unreader

class Request:
    method: str
    path: str
    body: Body
    must_close: bool
    _expected_100_continue: bool
    def __init__(self, cfg: Any, unreader: Unreader, peer_addr: Any, req_number: int = 1) -> None: ...
    def force_close(self) -> None: ...
    def set_body_reader(self) -> None: ...
    def should_close(self) -> bool: ...
