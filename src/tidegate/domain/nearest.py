"""The known word that a mistyped one most likely meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Find the known word that is most like a word, or None; the higher the cutoff, the more alike."""
    import difflib  # only faults need it, and a check that finds none should not pay for it

    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=cutoff)
    return found[0] if found else None
