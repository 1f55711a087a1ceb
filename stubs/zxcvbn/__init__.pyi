from collections.abc import Sequence
from typing import TypedDict

class Strength(TypedDict):
    guesses: int
    score: int

def zxcvbn(password: str, user_inputs: Sequence[str] | None = ..., max_length: int = ...) -> Strength: ...
