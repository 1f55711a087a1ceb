"""One-time codes as text: short enough to type, of letters and digits that look like no others."""

from __future__ import annotations

import hashlib

BITS = 80
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_LENGTH = BITS // 5
_GROUP = 4
_LONGEST_TYPED = 100


def write_code(number: int) -> str:
    """Write a random number of 80 bits as a code: `7K3M-9QXA-…`, four groups of four."""
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    text = "".join(reversed(digits))
    return "-".join(text[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def digest_of_code(typed: str) -> str:
    """Return what is kept of a code, however it was typed; of other text, a digest that nothing has."""
    plain = typed[:_LONGEST_TYPED].upper().translate(_READ_AS)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
