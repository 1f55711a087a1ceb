"""Variables: how one is declared, and how it is read from the process, from a file or from `.env`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from tidegate.domain.errors import TidegateError
from tidegate.domain.nearest import nearest

KEY = "variable"


class SettingsError(TidegateError):
    """Settings that cannot be started with; `faults` holds one sentence each, never a secret."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__(
            "Tidegate does not start with these settings:\n" + "\n".join(f"- {f}" for f in faults)
        )


@dataclass(frozen=True, slots=True)
class Variable:
    """The declaration of one variable.

    `aliases` are other names under which it is read. `shown_default` is what the docs say where the default
    depends on another variable. `choices` are the only values accepted, where there are any; `least` and
    `most` bound a number.
    """

    name: str
    meaning: str
    group: str
    aliases: tuple[str, ...] = ()
    secret: bool = False
    shown_default: str | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


def variable(default: Any, name: str, meaning: str, *, group: str, secret: bool = False, **more: Any) -> Any:
    """Declare a dataclass field that is read from a variable; a secret is left out of the field's repr."""
    declared = Variable(name, meaning, group, secret=secret, **more)
    return field(default=default, repr=not secret, metadata={KEY: declared})


def variable_of(declared: Field[Any]) -> Variable:
    """Return the variable from which a field is read."""
    found: Variable = declared.metadata[KEY]
    return found


def suggest(wrong: str, known: tuple[str, ...]) -> str:
    """Say which known name was probably meant, or list them all."""
    close = nearest(wrong, known)
    return f"Did you mean {close!r}?" if close else "Known: " + ", ".join(known) + "."


def process_variables(dotenv: Path | None) -> dict[str, str]:
    """Return the process's variables, and beneath them those of a `.env` file if it is there."""
    beneath = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
    return {name: value for name, value in beneath.items() if value is not None} | dict(os.environ)


class VariableReader:
    """Reads declared variables one by one and gathers what is wrong with them."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.faults: list[str] = []

    def names(self, prefix: str) -> tuple[str, ...]:
        """Return the names of the variables that begin so and are not empty, in order."""
        return tuple(sorted(name for name, text in self._given.items() if name.startswith(prefix) and text))

    def raw(self, name: str) -> str | None:
        """Return a variable's text, given itself or by the file that `NAME_FILE` names, or None.

        Empty means not given, as a platform's form or a compose file leaves it.
        """
        direct = self._given.get(name, "").strip() or None
        path = self._given.get(f"{name}_FILE")
        if not path:
            return direct
        try:
            value = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.faults.append(f"{name}_FILE does not name a file that can be read as text.")
            return None
        if direct is not None and direct != value:
            self.faults.append(f"{name} and {name}_FILE are both given and differ; give one of them.")
            return None
        return value or None

    def text(self, declared: Variable) -> str | None:
        """Return a variable's text under its name or an alias; two that differ are a fault."""
        given = {name: value for name in (declared.name, *declared.aliases) if (value := self.raw(name))}
        if len(set(given.values())) > 1:
            names = " and ".join(given)
            self.faults.append(f"{names} contradict each other: give only {declared.name}.")
        return next(iter(given.values()), None)

    def value(self, declared: Variable, default: Any) -> Any:
        """Return a variable as the type of its default; what cannot be read so is a fault."""
        text = self.text(declared)
        if text is None:
            return default
        convert, expected = next(_CONVERTERS[kind] for kind in _CONVERTERS if isinstance(default, kind))
        try:
            value = convert(text)
        except ValueError:
            self._refuse(declared, text, f"is not {expected}.")
            return default
        if declared.choices and value not in declared.choices:
            self._refuse(declared, text, "is not known. " + suggest(str(value), declared.choices))
        if declared.least is not None and value < declared.least:
            self._refuse(declared, text, f"is less than {declared.least}.")
        if declared.most is not None and value > declared.most:
            self._refuse(declared, text, f"is more than {declared.most}.")
        return value

    def _refuse(self, declared: Variable, text: str, why: str) -> None:
        value = "its value" if declared.secret else repr(text)
        self.faults.append(f"{declared.name}: {value} {why}")


def truth(text: str) -> bool:
    """Read a yes or a no as people write them; raises `ValueError` for anything else."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


# A bool is an int as well, so it stands first.
_CONVERTERS: Mapping[type, tuple[Callable[[str], Any], str]] = {
    bool: (truth, "true or false"),
    int: (int, "a whole number"),
    float: (_finite, "a number"),
    tuple: (_words, "a list"),
    Path: (Path, "a path"),
    str: (str, "a text"),
}
