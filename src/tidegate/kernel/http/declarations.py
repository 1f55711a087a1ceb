"""What every operation and page declares: the permission that it needs, or that anybody may call it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from tidegate.domain.access import Permission
from tidegate.domain.flags import declared_flag
from tidegate.kernel.access import Access
from tidegate.kernel.flags import Flags
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


def signed_in(view: F) -> F:
    """Note that whoever has signed in may open a page, even without a role: it is about themselves alone."""
    notes_of(view).signed_in = True
    return view


def behind_flag(name: str) -> Callable[[F], Callable[..., Any]]:
    """Let a view answer only where a flag is on, and else say that it is switched off.

    It stands below the permission: who may not use the view is not told what is switched off. A name that
    nobody declared raises `UnknownFlag` at the start.
    """
    declared_flag(name)

    def decorator(view: F) -> Callable[..., Any]:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            current_work().use(Flags).require(name)
            return view(*args, **kwargs)

        return wrapper

    return decorator


def takes_file(limit: str) -> Callable[[F], F]:
    """Let a page's form carry a file as large as a setting says, from whoever has signed in."""

    def decorator(view: F) -> F:
        notes_of(view).file_limit = limit
        return view

    return decorator


def reads_replica(view: F) -> Callable[..., Any]:
    """Let a view answer from the replica, where there is one that may; see `UnitOfWork.from_replica`.

    For reports, exports and lists. What decides who gets in, what may ship or whether a log is whole is read
    from the primary. It stands below the permission, and the view only reads.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return current_work().uow.from_replica(lambda: view(*args, **kwargs))

    return wrapper


def _having_asked(permission: Permission, view: F) -> Callable[..., Any]:
    """Fail where the use case has not asked whether the caller may do it: then nobody has."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        answered = view(*args, **kwargs)
        if not current_work().use(Access).was_asked(permission):
            raise RuntimeError(f"{view.__name__} answers without having asked for {permission}")
        return answered

    return wrapper
