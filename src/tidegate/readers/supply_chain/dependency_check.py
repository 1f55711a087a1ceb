"""What OWASP Dependency-Check's JSON and XML reports have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Reading
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.audits import FOLLOWS, Audit, own_words, package_in, severity_of

TOOL = "dependency-check"
# What Dependency-Check itself took for so old that all of NVD is to be fetched anew.
_OLDEST = timedelta(days=7)


@dataclass(slots=True)
class Dependency:
    """One dependency: a file, or a package that a lock file names."""

    file: str = ""
    purl: str = ""

    @property
    def name(self) -> str:
        """Return the package's name without its version, else the name of the file."""
        return package_in(self.purl) or self.file


@dataclass(slots=True)
class Rating:
    """What a report says of a vulnerability: its name, the word for its severity, and CVSS by version."""

    name: str = ""
    severity: str | None = None
    newer: tuple[str | None, float | None] = (None, None)  # CVSS 4, else 3: the word and the score
    older: tuple[str | None, float | None] = (None, None)  # CVSS 2


@dataclass(slots=True)
class DependencyCheck:
    """Counts what a report says, dependency by dependency."""

    format: str
    remake: str
    audit: Audit = field(default_factory=lambda: Audit(TOOL))
    dependencies: int = 0
    faults: list[str] = field(default_factory=list)  # of the scan itself, as it tells them
    made_at: datetime | None = None
    version: str = ""
    checked: datetime | None = None  # when it last looked for news of NVD
    modified: datetime | None = None  # of when the newest of NVD are that it has

    @property
    def updated(self) -> datetime | None:
        """Say of when its data of NVD are: it may look every day at a mirror that nobody updates."""
        return self.modified or self.checked

    def source(self, name: str, timestamp: object) -> None:
        """Note how old a source of vulnerabilities was; of several times of NVD the newest counts."""
        moment = own_time(timestamp)
        if moment is None or not name.startswith("NVD"):
            return
        if name.endswith("Modified"):
            self.modified = moment if self.modified is None else max(moment, self.modified)
        elif name.endswith("Checked"):
            self.checked = moment if self.checked is None else max(moment, self.checked)

    def add(self, dependency: Dependency, found: Rating, *, suppressed: bool) -> Finding:
        """Count a vulnerability of a dependency."""
        of = (dependency.file, dependency.purl)
        return self.audit.add(found.name, dependency.name, rate(found), of=of, suppressed=suppressed)

    def reading(self) -> Reading:
        """Say what the report says."""
        self.audit.looked_at = self.dependencies
        why_not = self._why_not()
        return Reading(
            self.format,
            Kind.DEPENDENCIES,
            TOOL,
            self.audit.measures(tells_suppressed=True),
            self.version,
            ran=why_not is None,
            why_not=why_not,
            made_at=self.made_at,
        )

    def _why_not(self) -> str | None:
        if self.faults:
            return (
                f"Dependency-Check reports {len(self.faults)} exception(s) of its own analysis, so something"
                f" was not looked at: {own_words(self.faults[0])}"
            )
        if self.updated and self.made_at and self.made_at - self.updated > _OLDEST:
            return (
                f"Dependency-Check searched data of NVD that were {(self.made_at - self.updated).days} days"
                " old: let it update them (no `--noupdate`, no `autoUpdate` false), at most"
                f" {_OLDEST.days} days before, and scan again with {self.remake}."
            )
        if not self.dependencies:
            return (
                "Dependency-Check lists no dependency, so it looked at none: give it the folder of what is"
                f" built or of the lock files, as in {self.remake}."
            )
        return None


def rate(found: Rating) -> Severity:
    """Rate by the report's own word, else by CVSS: the newest version, its word before its score."""
    for word, score in ((found.severity, None), found.newer, found.older):
        rated = severity_of(word, score)
        if rated is not Severity.UNRATED:
            return rated
    return Severity.UNRATED


def follows(entries: str, suppressed: str) -> dict[str, str]:
    """Say how the measures follow from a report; the elements are called differently in JSON and XML."""
    return FOLLOWS | {
        "tool.ran": "False where the analysis had exceptions (`analysisExceptions`), the data of NVD were"
        " older than seven days (`dataSource`), or nothing was looked at.",
        "findings.total": entries,
        "findings.suppressed": suppressed,
        "dependencies.total": (
            "Dependencies listed; those that are listed as related to one (`relatedDependencies`) are not"
            " counted again."
        ),
        "dependencies.vulnerable": "Dependencies with a finding that counts.",
    }


NOTES = (
    "One finding a vulnerability and dependency, as the report lists them; related dependencies, which share"
    " it, add none, where a peer counts each of them.",
    "A suppressed vulnerability is no finding, where a peer lists it as one.",
    "A severity is the report's own word; where it has none, or one that is unknown, CVSS decides, version 4"
    " or 3 before 2. Without a word and a score a vulnerability is unrated.",
    "An exception of the analysis means that Dependency-Check did not do its work, even where it lists what"
    " it found: what could not be analysed was not looked at.",
    "A report without a dependency counts as not run, where a peer takes it for a clean one: it looks the"
    " same whether there was nothing to look at or nothing was found to look at.",
)


def joined(words: Iterable[str]) -> str:
    """Put the pieces of a text together, on one line."""
    return " ".join("".join(words).split())
