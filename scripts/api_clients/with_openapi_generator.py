"""The main job through a client that openapi-generator generated: `... URL`, its package on the path."""

from __future__ import annotations

import os
import sys

import openapi_generator_made as made
from openapi_generator_made.exceptions import ApiException

from scripts.api_clients.job import FAILING, GATE, PASSING, Wrong, commit_of, expect

COMPONENT = "openapi-generator"


def main(url: str) -> None:
    """Do the main job; raises `Wrong` for another answer than the one that is wanted."""
    commit = commit_of(COMPONENT)
    with made.ApiClient(made.Configuration(host=url, access_token=os.environ["TIDEGATE_TOKEN"])) as client:
        catalog, evidence, releases = (
            made.CatalogApi(client),
            made.EvidenceApi(client),
            made.ReleasesApi(client),
        )

        facts = made.ComponentFacts(title="A client", owner="tests")
        component = catalog.catalog_describe_component(COMPONENT, facts)
        expect("component", (component.name, component.version), (COMPONENT, 1))

        gate = made.GatesApi(client).gates_declare_gate(GATE["name"], made.Gate.from_dict(GATE))
        expect("gate", [rule.id for rule in gate.gate.rules], ["tests-pass"])
        there = made.EnvironmentFacts(rank=30, gate=GATE["name"])
        environment = catalog.catalog_describe_environment(COMPONENT, there)
        expect("environment", (environment.name, environment.gate), (COMPONENT, GATE["name"]))

        def submit(report: bytes) -> str:
            answer = evidence.evidence_submit_evidence(
                component=COMPONENT, revision=commit, slot="junit.xml", body=report
            )
            return {one.environment: str(one.verdict.state) for one in answer.verdicts}[COMPONENT]

        expect("verdict", submit(FAILING), "fail")
        new = made.NewRelease(version="1.0.0", revision=commit, environment=COMPONENT)
        try:
            releases.releases_create_release(COMPONENT, new)
        except ApiException as refused:
            expect("a closed gate", (refused.status, refused.data.errors[0].var_in), (409, "gate"))
        else:
            raise Wrong("a release went through a closed gate")
        expect("verdict", submit(PASSING), "pass")
        kept = evidence.evidence_list_evidence(COMPONENT, commit).items
        expect("evidence", [one.measures["tests.failed"].actual_instance for one in kept], [0, 1])
        files = [(slot, PASSING) for slot in ("junit.xml", "unit/more.xml")]
        together = evidence.evidence_submit_reports(component=COMPONENT, revision=commit, report=files)
        slots = [(one.slot, one.repeated) for one in together.evidence]
        expect("several reports", slots, [("junit.xml", True), ("unit/more.xml", False)])
        expect("their verdicts", {str(one.verdict.state) for one in together.verdicts}, {"pass"})

        verdicts = made.VerdictsApi(client)
        ruling = verdicts.verdicts_judge_revision(COMPONENT, commit, made.Judgement(environment=COMPONENT))
        expect("judgement", ruling.verdict.state, "pass")
        expect(
            "verdicts", verdicts.verdicts_list_verdicts(component=COMPONENT, limit=1).items[0].id, ruling.id
        )

        release = releases.releases_create_release(COMPONENT, new)
        expect("release", (release.tag, release.revision), (f"{COMPONENT}/v1.0.0", commit))
        expect(
            "releases", [one.version for one in releases.releases_list_releases(COMPONENT).items], ["1.0.0"]
        )


if __name__ == "__main__":
    main(sys.argv[1])
