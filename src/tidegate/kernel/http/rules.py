"""Addresses of views: werkzeug's rules, which here compile what builds an address when one is first built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import werkzeug.routing

Builder: TypeAlias = Callable[..., tuple[str, str]]


class LazyRule(werkzeug.routing.Rule):
    """Starts quickly: most addresses are never built, and compiling them all is most of an app's start."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        """Return a function that makes and keeps werkzeug's own at its first call."""
        compile_now = super()._compile_builder
        made: list[Builder] = []

        def build(rule: LazyRule, /, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_now(append_unknown))
            return made[0](rule, **values)

        return build
