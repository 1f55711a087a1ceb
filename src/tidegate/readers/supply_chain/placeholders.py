"""Words that stand where a version or a licence should be, and tell neither."""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN = re.compile(r"v?[0-9]+(?:\.[0-9]+)*+")  # most versions are, and need no closer look
_DIGIT = re.compile(r"[0-9]")
_MANY = re.compile(  # a range or a wildcard names many versions
    r"^(?:[\^~<>=!\[(]|v?[xX*](?:\s|$)|v?\d+(?:\.\d+)*\.[xX*](?:[.\s]|$))|\*|\|\||,|[<>]|\s-\s"
)
_ELSEWHERE = re.compile(  # a template that was not filled in, or a place where the version may be found
    r"\$\{|\{\{|\$\(|%\(|^@[\w.]+@$|^%[\w.]+%$|^\$\w+$|^(?:workspace|file|link|npm|git\+\w+|https?|ssh):"
)
_NOT_SAID = r"not[-_ ](?:available|known|set|specified|applicable|provided|found|declared)"
_PLACEHOLDER_WORDS = (
    r"unknown|unspecified|undefined|undetermined|unresolved|no[-_ ]?assertion|none|null|nil|tbd|todo|"
    + _NOT_SAID
)
_PLACEHOLDER = re.compile(rf"(?<![A-Za-z])(?:{_PLACEHOLDER_WORDS}|placeholder)(?![A-Za-z])", re.IGNORECASE)
_NO_LICENCE = re.compile(
    rf"(?:licen[cs]eref-)?(?:scancode-)?(?:licen[cs]e[-_: ]+)?(?:{_PLACEHOLDER_WORDS})"
    r"(?:[-_ ](?:licen[cs]e|spdx)(?:[-_ ]reference)?)?"
    r"|[-.?]*|n/?a|n\.a\.|other|any|custom|missing|true|false|0|(?:no|see)?[-_ ]?licen[cs]e",
    re.IGNORECASE,
)
_JOINTS = re.compile(r"\s+(?:AND|OR|WITH)\s+|[()]", re.IGNORECASE)


def names_version(text: str | None) -> bool:
    """Tell whether a text names one version: it has a digit, and is no range, template or placeholder."""
    text = (text or "").strip()
    if _PLAIN.fullmatch(text):
        return True
    if not _DIGIT.search(text):
        return False  # `latest`, `main`, `(devel)`: what they mean changes
    return not (_MANY.search(text) or _ELSEWHERE.search(text) or _PLACEHOLDER.search(text))


@lru_cache(maxsize=4096)
def names_licence(text: str) -> bool:
    """Tell whether a text names a licence; of an SPDX expression, whether each of its parts does."""
    parts = [part.strip() for part in _JOINTS.split(text)]
    named = [part for part in parts if part]
    return bool(named) and not any(_NO_LICENCE.fullmatch(part) for part in named)
