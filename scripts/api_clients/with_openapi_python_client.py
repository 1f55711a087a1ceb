"""The main job through a client that openapi-python-client generated: `... URL`, its package on the path."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from typing import Any

from openapi_python_client_made import AuthenticatedClient
from openapi_python_client_made.api.catalog import catalog_describe_component as describe_component
from openapi_python_client_made.api.catalog import catalog_describe_environment as describe_environment
from openapi_python_client_made.api.evidence import evidence_list_evidence as list_evidence
from openapi_python_client_made.api.evidence import evidence_submit_evidence as submit_evidence
from openapi_python_client_made.api.evidence import evidence_submit_reports as submit_reports
from openapi_python_client_made.api.gates import gates_declare_gate as declare_gate
from openapi_python_client_made.api.releases import releases_create_release as create_release
from openapi_python_client_made.api.releases import releases_list_releases as list_releases
from openapi_python_client_made.api.verdicts import verdicts_judge_revision as judge_revision
from openapi_python_client_made.api.verdicts import verdicts_list_verdicts as list_verdicts
from openapi_python_client_made.models import (
    ComponentFacts,
    EnvironmentFacts,
    Gate,
    Judgement,
    NewRelease,
    SubmissionForm,
    SubmissionFormDetails,
)
from openapi_python_client_made.types import File

from scripts.api_clients.job import FAILING, GATE, PASSING, commit_of, expect

COMPONENT = "openapi-python-client"


def main(url: str) -> None:
    """Do the main job; raises `Wrong` for another answer than the one that is wanted."""
    client = AuthenticatedClient(
        base_url=url, token=os.environ["TIDEGATE_TOKEN"], raise_on_unexpected_status=True
    )
    commit = commit_of(COMPONENT)
    revision = {"component": COMPONENT, "revision": commit, "client": client}

    facts = ComponentFacts(title="A client", owner="tests")
    made = describe_component.sync_detailed(COMPONENT, client=client, body=facts)
    expect("component", (made.status_code, made.parsed.version), (201, 1))
    changed = ComponentFacts(title="Another", owner="tests")
    refused = describe_component.sync_detailed(COMPONENT, client=client, body=changed, if_match='"7"')
    expect("a stale change", (refused.status_code, refused.parsed.type_), (412, "/problems/stale"))

    gate = declare_gate.sync(GATE["name"], client=client, body=Gate.from_dict(GATE))
    expect("gate", [rule.id for rule in gate.gate.rules], ["tests-pass"])
    there = EnvironmentFacts(rank=30, gate=GATE["name"])
    environment = describe_environment.sync(COMPONENT, client=client, body=there)
    expect("environment", (environment.name, environment.gate), (COMPONENT, GATE["name"]))

    def submit(report: bytes) -> Any:
        answer = submit_evidence.sync(**revision, slot="junit.xml", body=File(BytesIO(report)))
        states = {one.environment: str(one.verdict.state) for one in answer.verdicts}
        return states[COMPONENT], answer.evidence

    state, evidence = submit(FAILING)
    expect("verdict", (state, evidence.measures.additional_properties["tests.failed"]), ("fail", 1))
    new = NewRelease(version="1.0.0", revision=commit, environment=COMPONENT)
    closed = create_release.sync(COMPONENT, client=client, body=new)
    expect("a closed gate", (closed.type_, closed.errors[0].in_), ("/problems/gate-closed", "gate"))
    state, evidence = submit(PASSING)
    expect(
        "verdict", (state, str(evidence.kind), evidence.taken_at.tzinfo is not None), ("pass", "tests", True)
    )
    expect("evidence", len(list_evidence.sync(**revision).items), 2)
    files = [File(BytesIO(PASSING), file_name=slot) for slot in ("junit.xml", "unit/more.xml")]
    details = SubmissionFormDetails.from_dict({"unit/more.xml": {"format": "junit"}})
    together = submit_reports.sync(**revision, body=SubmissionForm(report=files, details=details))
    slots = [(one.slot, one.repeated) for one in together.evidence]
    expect("several reports", slots, [("junit.xml", True), ("unit/more.xml", False)])
    expect("their verdicts", {str(one.verdict.state) for one in together.verdicts}, {"pass"})

    ruling = judge_revision.sync(**revision, body=Judgement(environment=COMPONENT))
    expect("judgement", str(ruling.verdict.state), "pass")
    verdicts = list_verdicts.sync(client=client, component=COMPONENT, limit=1)
    expect("verdicts", ([one.id for one in verdicts.items], bool(verdicts.next_cursor)), ([ruling.id], True))

    release = create_release.sync(COMPONENT, client=client, body=new)
    expect("release", (release.tag, release.revision), (f"{COMPONENT}/v1.0.0", commit))
    expect("releases", [one.version for one in list_releases.sync(COMPONENT, client=client).items], ["1.0.0"])


if __name__ == "__main__":
    main(sys.argv[1])
