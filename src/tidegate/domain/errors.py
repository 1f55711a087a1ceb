"""Facts that the domain raises; what they mean over HTTP or on a terminal is decided elsewhere."""

from __future__ import annotations


class TidegateError(Exception):
    """Base of every error that Tidegate raises on purpose; its text is fit for a user to read."""


class NotFound(TidegateError):
    """Something was named that is not there."""

    def __init__(self, what: str, name: str) -> None:
        self.what = what
        self.name = name
        super().__init__(f"There is no {what} named {name!r}.")


class Conflict(TidegateError):
    """What was asked contradicts what is already recorded."""


class Stale(TidegateError):
    """The caller edited something that has changed since they read it."""


class Invalid(TidegateError):
    """Input that can be understood but not accepted.

    `problems` holds one `(where, what)` pair a fault: a pointer into the input, and a sentence.
    """

    def __init__(self, message: str, problems: tuple[tuple[str, str], ...] = ()) -> None:
        self.problems = problems
        super().__init__(message)


def says_more(message: str, what: str) -> bool:
    """Tell whether a fault of one place says anything that the message above it has not said."""
    return what.strip().rstrip(".").casefold() not in message.casefold()


class Unavailable(TidegateError):
    """A part that is needed does not answer in time; nothing was changed, and trying again may work."""


def underneath(error: TidegateError) -> str | None:
    """Return the driver's own words of what was `Unavailable`, for who runs it; None where there are none.

    "Does not answer in time" may be a wrong name, password or port as well. What the disk or the network
    refused is in the error itself.
    """
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    if not isinstance(error, Unavailable) or cause is None or isinstance(cause, OSError):
        return None
    return " ".join(str(cause).split())


class ConditionNeeded(TidegateError):
    """A change would overwrite what the caller does not say to have read."""

    def __init__(self, what: str, name: str, version: int) -> None:
        super().__init__(
            f"The {what} {name!r} is there already, at version {version}: read it, and say with your change "
            "that this is the version you mean to change."
        )
