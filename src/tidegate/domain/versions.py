"""Semantic versions (SemVer 2.0.0), their precedence, and the tags of their releases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from tidegate.domain.errors import Invalid

# https://semver.org/spec/v2.0.0.html: numbers without leading zeros, dot-separated identifiers.
_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = r"[0-9A-Za-z-]+"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PRE}(?:\.{_PRE})*))?(?:\+({_BUILD}(?:\.{_BUILD})*))?"
)
_MAX_LENGTH = 256
_TAG_PREFIX = "prod/v"
_PRODUCTION = "production"
_LONGEST_TAG = 120
_MOST_DIGITS = 14
"""Of a number in a release's version: people count by no more than a date with its time, 20261129181500."""


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version. Comparison is by precedence, for which build metadata does not count."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()
    build: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `1.2.3`, `1.2.3-rc.1` or `1.2.3+build.5`; raises `Invalid` for anything else."""
        found = _VERSION.fullmatch(text) if len(text) <= _MAX_LENGTH else None
        if found is None:
            advice = "Write MAJOR.MINOR.PATCH, such as 1.4.0, as SemVer 2.0.0 has it"
            hint = " and without the leading v" if text[:1] in "vV" and text else ""
            raise Invalid(f"{text[:80]!r} is not a version. {advice}{hint}.")
        major, minor, patch, pre, build = found.groups()
        return cls(
            int(major),
            int(minor),
            int(patch),
            tuple(pre.split(".")) if pre else (),
            tuple(build.split(".")) if build else (),
        )

    @classmethod
    def of_tag(cls, tag: str) -> Version:
        """Read the version of a tag `prod/vMAJOR.MINOR.PATCH`; raises `Invalid`."""
        if not tag.startswith(_TAG_PREFIX):
            raise Invalid(f"{tag[:80]!r} is not a production tag. Write {_TAG_PREFIX}MAJOR.MINOR.PATCH.")
        version = cls.parse(tag.removeprefix(_TAG_PREFIX))
        version._shippable()
        return version

    def following(self) -> tuple[Version, ...]:
        """Return the versions that may come next: with fixes, with something new, with a break."""
        return (
            Version(self.major, self.minor, self.patch + 1),
            Version(self.major, self.minor + 1, 0),
            Version(self.major + 1, 0, 0),
        )

    @property
    def tag(self) -> str:
        """The tag that ships this version to production; raises `Invalid` for pre-releases and builds."""
        return self.tag_for(_PRODUCTION)

    def tag_for(self, environment: str) -> str:
        """Return the tag of a release into an environment: `staging/v1.4.0`; `prod/v1.4.0` into production.

        Raises `Invalid` for pre-releases and builds, and for a tag that would be too long.
        """
        self._shippable()
        tag = f"{_TAG_PREFIX}{self}" if environment == _PRODUCTION else f"{environment}/v{self}"
        if len(tag) > _LONGEST_TAG:
            raise Invalid(
                f"The tag {tag[:40]}… would have {len(tag)} characters; {_LONGEST_TAG} are allowed. "
                "Choose a shorter version, or a shorter name of the environment."
            )
        return tag

    def _shippable(self) -> None:
        if self.prerelease or self.build:
            raise Invalid(f"{self} cannot be released: a release is MAJOR.MINOR.PATCH alone.")
        for number in (self.major, self.minor, self.patch):
            if number >= 10**_MOST_DIGITS:
                # Versions only rise: nothing could follow a slip of the hand but a larger one.
                raise Invalid(
                    f"{str(self)[:80]} cannot be released: {str(number)[:40]} is too large. Write numbers of "
                    f"at most {_MOST_DIGITS} digits, as 1.4.0 or 2026.11.29 has."
                )

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.prerelease:
            text += "-" + ".".join(self.prerelease)
        return text + ("+" + ".".join(self.build) if self.build else "")

    def _precedence(self) -> tuple[object, ...]:
        # A version comes after its own pre-releases; numbers come before words; more fields come later.
        fields = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.prerelease)
        return (self.major, self.minor, self.patch, not self.prerelease, fields)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self._precedence() == other._precedence()

    def __lt__(self, other: Version) -> bool:
        return self._precedence() < other._precedence()

    def __hash__(self) -> int:
        return hash(self._precedence())
