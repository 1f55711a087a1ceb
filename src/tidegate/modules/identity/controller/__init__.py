"""Identity over HTTP: who the caller is, people, groups, roles, tokens, sessions."""

from tidegate.modules.identity.controller import groups, own, people, tokens
from tidegate.modules.identity.controller.frame import blueprint

__all__ = ["blueprint", "groups", "own", "people", "tokens"]
