# The storages that carry wake-ups.
from collections.abc import Callable

import psycopg
from redis import ConnectionPool

class BaseStorage:
    blocking: bool
    def enqueue(self, data: bytes, priority: float | None = None) -> None: ...
    def dequeue(self) -> bytes | None: ...
    def queue_size(self) -> int: ...
    def flush_queue(self) -> None: ...
    def close(self) -> object: ...

class SqliteStorage(BaseStorage):
    def __init__(self, name: str, *, filename: str, timeout: float) -> None: ...

class RedisStorage(BaseStorage):
    def __init__(self, name: str, *, connection_pool: ConnectionPool, read_timeout: int) -> None: ...

class PostgresStorage(BaseStorage):
    def __init__(
        self,
        name: str,
        *,
        connection: Callable[[], psycopg.Connection[tuple[object, ...]]],
        read_timeout: int,
        table_prefix: str,
    ) -> None: ...
