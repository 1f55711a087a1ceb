"""Ages of fields with a hyphen, such as `facts["tls-days.age"]`, under names that CEL can spell."""

from __future__ import annotations

import re
from collections.abc import Collection

from tidegate.domain.cel_ast import Name, Node, rewrite
from tidegate.domain.fact_names import indexed

# Comments and texts are passed over whole, the longer quotes first; what is left are the uses of facts.
_TOKENS = re.compile(
    r'//[^\n]*|facts\s*\[\s*"(?P<key>[^"\\]+)"\s*\]'
    r'|[rR]"""(?:.|\n)*?"""|"""(?:\\(?:.|\n)|[^\\])*?"""|[rR]"[^"\n]*"|"(?:\\.|[^"\\\n])*"'
    r"|[rR]'''(?:.|\n)*?'''|'''(?:\\(?:.|\n)|[^\\])*?'''"
    r"|[rR]'[^'\n]*'|'(?:\\.|[^'\\\n])*'"
)


def spelt(key: str) -> str:
    """Return the name under which CEL is given the age or the moment that stands in brackets."""
    return "fact_" + key.encode().hex()


def spell_keys(text: str, keys: Collection[str]) -> str:
    """Write these keys of `facts` as names; whether that meant the same, `name_spelt` shows afterwards."""

    def spell(found: re.Match[str]) -> str:
        return spelt(found["key"]) if found["key"] in keys else found[0]

    return _TOKENS.sub(spell, text)


def name_spelt(node: Node, keys: Collection[str]) -> Node:
    """Turn the names that `spell_keys` wrote back into what the author wrote."""
    written = {spelt(key): indexed(key) for key in keys}

    def back(part: Node) -> Node | None:
        return Name(written.get(part.name, part.name)) if isinstance(part, Name) else None

    return rewrite(node, back)
