"""Use cases of feeds and badges: the newest verdicts for those who read them elsewhere."""

from __future__ import annotations

import msgspec

from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.feeds import UNKNOWN, Badge, Feed, FeedEntry
from tidegate.domain.records import StoredVerdict
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.verdicts.service import VerdictService

ENTRIES = 50
_SHORT = 12


class FeedService:
    """Puts verdicts into the shapes that feeds and badges have."""

    def __init__(self, *, verdicts: VerdictService, badges: bool) -> None:
        self._verdicts = verdicts
        self._badges = badges

    def verdicts(self, *, component: str | None = None) -> Feed:
        """Return the newest verdicts, of one component where it is named; raises `NotFound`."""
        page = PageRequest(limit=ENTRIES)
        found = self._verdicts.verdicts(page, component=component, commit=None, state=None)
        of = f" of {component}" if component else ""
        query = f"?component={component}" if component else ""
        return Feed(f"Verdicts{of}", f"/verdicts{query}", tuple(_entry(one) for one in found.items))

    def badge(self, component: str, environment: str) -> Badge:
        """Return what a badge says: to anybody, and the same of what has no verdict and of what is not there.

        Raises `NotFound` where badges are off.
        """
        if not self._badges:
            raise NotFound("badge", f"{component}/{environment}")
        found = self._verdicts.newest_of_components([component], [environment])
        return Badge(found[0].state, found[0].given_at) if found else UNKNOWN


def _entry(stored: StoredVerdict) -> FeedEntry:
    return FeedEntry(
        id=f"urn:uuid:{stored.id}",
        title=f"{stored.state}: {stored.component} at {stored.commit[:_SHORT]} for {stored.environment}",
        summary=_conclusion(stored),
        category=stored.state,
        path=f"/verdicts/{stored.id}",
        updated=stored.given_at,
    )


def _conclusion(stored: StoredVerdict) -> str:
    try:
        return ShownVerdict.of(msgspec.json.decode(stored.document), recorded=True).conclusion
    except Invalid:
        # Another version of Tidegate wrote this document in another shape; the title says how it ended.
        return f"{stored.gate} said {stored.state}."
