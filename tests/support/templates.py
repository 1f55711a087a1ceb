"""Templates are compiled once in a process, not by every application that a test makes."""

from __future__ import annotations

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tidegate.kernel.http.requests import App


class CompiledTemplates(BytecodeCache):
    """Keeps compiled templates in memory: by name, place and the hash of what is in them."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what was compiled of the same text."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


def compile_once() -> None:
    """Have every application of this process share what was compiled."""
    App.jinja_options = {**App.jinja_options, "bytecode_cache": CompiledTemplates()}
