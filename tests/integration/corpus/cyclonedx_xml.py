"""Agreement of CycloneDX XML with the manifest: as of its JSON, by the same comparison."""

from __future__ import annotations

from tests.integration.corpus.cyclonedx_json import agreement

__all__ = ["DIFFERS", "agreement"]

_ANCESTOR = "the recount takes the ancestor in a pedigree, which the component was made from, for a part"
DIFFERS = {
    "cyclonedx-xml/cyclonedx-specification__invalid-license-id-1.6.xml": (
        "the schema refuses a licence id that is not on the SPDX list of its day; it is counted as given here"
    ),
    "cyclonedx-xml/cyclonedx-specification__valid-metadata-tool-1.6.xml": (
        "valid, but an inventory without any component counts as not run"
    ),
    "cyclonedx-xml/cyclonedx-specification__valid-bom-1.4.xml": _ANCESTOR,
    "cyclonedx-xml/cyclonedx-specification__valid-bom-1.6.xml": _ANCESTOR,
    "cyclonedx-xml/defectdojo__valid-vulnerability-1.4.xml": (
        "the peer counts a vulnerability whose analysis says not_affected"
    ),
}
