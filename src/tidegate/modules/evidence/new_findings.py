"""What is new in a revision: keeps the findings of each report, compares them with those of a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from tidegate.domain.catalog import Revision
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import FindingCounts, Severity
from tidegate.domain.new_findings import Comparisons, key_of, with_new_findings
from tidegate.domain.records import StoredEvidence
from tidegate.kernel.blobs import BlobStore
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.effective import EffectiveEvidence, Submitted
from tidegate.modules.evidence.ports import JudgedEvidence, Shipped
from tidegate.readers.subprocess_reader import ReadReport

_NEW = "findings.new."
_COUNTS = msgspec.json.Decoder(dict[Severity, dict[str, int]])


class NewFindings:
    """Tells `findings.new.*` of submissions; see `tidegate.domain.new_findings` for what counts as new."""

    def __init__(
        self,
        *,
        effective: EffectiveEvidence,
        catalog: CatalogService,
        blobs: BlobStore,
        shipped: Callable[[], Sequence[Shipped]],
        comparisons: Comparisons,
    ) -> None:
        self._effective = effective
        self._catalog = catalog
        self._blobs = blobs
        self._shipped = shipped
        self._comparisons = comparisons

    def keep(self, report: ReadReport) -> str | None:
        """Keep how often each finding occurs, by severity, for this revision's verdicts and later ones.

        Returns the digest of what was kept, None for a report without findings that can be counted.
        """
        if not report.evidence.ran or "findings.total" not in report.evidence.measures:
            return None
        return self._blobs.put_bytes(report.counts()).digest

    def baseline(self, revision: Revision, named: str | None, *, has_findings: bool) -> str | None:
        """Choose the commit whose findings count as known: the one that was named, else the last release.

        A revision is never its own baseline: nothing would be new in it.
        """
        if named is not None:
            found = self._catalog.find_revision(revision.component, named)
            if found is None:
                raise NotFound(f"revision of {revision.component} to compare with", named)
            if found.id == revision.id:
                raise Invalid(
                    "A revision cannot be compared with itself.",
                    (("/baseline", "Name the commit whose findings are accepted as known."),),
                )
            return named
        if not has_findings:
            return None
        commits = (one.shipped_revision(revision.component) for one in self._shipped())
        shipped = next((one for one in commits if one is not None), None)
        return None if shipped == revision.commit else shipped

    def measured(self, component: str, submitted: Submitted, *, at: datetime) -> JudgedEvidence:
        """Return what verdicts see of a revision's submissions: those that may count, with what is new."""
        seen = tuple([one.facts for one in submitted.submissions])
        if all([one.baseline is None for one in submitted.submissions]):
            return JudgedEvidence(seen, submitted.last, {})
        compared = self._compared(component, submitted.submissions, at=at)
        new = {
            one.id: {name: value for name, value in facts.measures.items() if name.startswith(_NEW)}
            for one, facts in zip(submitted.submissions, compared, strict=True)
            if facts is not one.facts
        }
        return JudgedEvidence(compared, submitted.last, new)

    def _compared(
        self, component: str, submitted: Sequence[StoredEvidence], *, at: datetime
    ) -> tuple[Evidence, ...]:
        stored = {key_of(one.facts): one for one in submitted}

        def of_baseline(commit: str) -> Sequence[Evidence]:
            revision = self._catalog.find_revision(component, commit)
            known = self._effective.of_revision(revision.id).submissions if revision else ()
            stored.update((key_of(one.facts), one) for one in known)
            return [one.facts for one in known]

        def compare(current: Sequence[Evidence], baseline: Sequence[Evidence]) -> Sequence[Mapping[str, int]]:
            return self._comparisons.get(
                tuple(stored[key_of(one)].fingerprints or "" for one in current),
                tuple(stored[key_of(one)].fingerprints or "" for one in baseline),
                self._counts_of,
            )

        return with_new_findings(
            [one.facts for one in submitted],
            sent_with=lambda one: stored[key_of(one)].baseline,
            evidence_of=of_baseline,
            compare=compare,
            at=at,
        )

    def _counts_of(self, digest: str) -> FindingCounts:
        return FindingCounts(_COUNTS.decode(self._blobs.get(digest)))
