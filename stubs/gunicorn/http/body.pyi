# gunicorn.http.body: the readers of a body.
class LengthReader:
    length: int

class ChunkedReader: ...

class Body:
    reader: LengthReader | ChunkedReader
    def read(self, size: int | None = None) -> bytes: ...
