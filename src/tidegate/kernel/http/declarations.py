"""What every operation and page declares: the permission that it needs, or that anybody may call it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from tidegate.domain.access import Permission
from tidegate.kernel.access import Access
from tidegate.kernel.http.operation_docs import notes_of
from tidegate.kernel.http.use import current_work

F = TypeVar("F", bound=Callable[..., Any])


def requires(permission: Permission, *, inside: bool = False) -> Callable[[F], F | Callable[..., Any]]:
    """Let only those use a view who have a permission, for the component and environment named.

    They are named by its address. Where it does not name them (`inside`), the use case has to ask `Access`
    before it answers; a view that forgets to fails, whatever it would have answered.
    """

    def decorator(view: F) -> F | Callable[..., Any]:
        notes = notes_of(view)
        notes.permission, notes.checked_inside = permission, inside
        return _having_asked(permission, view) if inside else view

    return decorator


def public(view: F) -> F:
    """Note that anybody may call a view."""
    notes_of(view).public = True
    return view


def _having_asked(permission: Permission, view: F) -> Callable[..., Any]:
    """Fail where the use case has not asked whether the caller may do it: then nobody has."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        answered = view(*args, **kwargs)
        if not current_work().use(Access).was_asked(permission):
            raise RuntimeError(f"{view.__name__} answers without having asked for {permission}")
        return answered

    return wrapper
