"""Tests of which tools of a shared report a server's rules speak of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.show.samples import document, rule
from tests.unit.domain.samples import gate
from tidegate.cli.client import Server
from tidegate.cli.tools_asked import AskedByDigest, asked_of, with_tools
from tidegate.domain.asked_items import ReportSummary
from tidegate.domain.shown_verdicts import ShownVerdict

DIGEST = "sha256:" + "1" * 64
RUNS = [{"kind": "dependencies", "tool": "trivy"}, {"kind": "sast", "tool": "Trivy-Misconfig"}]
GATE = gate(
    {"id": "packages", "that": "findings.high == 0", "needs": ["dependencies"]},
    {"id": "config", "that": "findings.high == 0", "needs": ["sast/trivy"]},
)
OTHER = gate({"id": "packages", "that": "findings.high == 0", "needs": ["sast"]})


def asked(
    reply: Any, *verdicts: dict[str, Any], runs: Any = RUNS
) -> tuple[AskedByDigest, list[ReceivedRequest]]:
    """Ask a server that answers so; gives what was found, and what it was asked."""
    replies = iter(reply)
    with scripted_server(lambda _: next(replies)) as server:
        shown = [ShownVerdict.of(one) for one in verdicts]
        return asked_of(Server(server.url), shown, [{"digest": DIGEST, "runs": runs}]), server.asked


def of(digit: str, **more: Any) -> dict[str, Any]:
    return document(rule("packages"), gate={"name": "production", "digest": "sha256:" + digit * 64}, **more)


def version(found: Any) -> ScriptedReply:
    return ScriptedReply({"gate": found.to_document()})


class TestAskedOf:
    def test_names_the_tools_by_report_and_rule(self) -> None:
        found, requests = asked([version(GATE)], of("a"), of("a"))
        assert found == {DIGEST: {"packages": {"trivy"}, "config": {"trivy-misconfig"}}}
        assert [one.path for one in requests] == ["/api/v1/gate-versions/sha256%3A" + "a" * 64]

    def test_a_rule_of_two_gates_asks_what_either_does(self) -> None:
        found, _ = asked([version(GATE), version(OTHER)], of("a"), of("b"))
        assert found[DIGEST]["packages"] == {"trivy", "trivy-misconfig"}

    def test_names_them_of_a_rule_that_only_warns(self) -> None:
        assert asked([version(GATE)], of("a", state="pass"))[0][DIGEST]["packages"] == {"trivy"}

    @pytest.mark.parametrize(
        ("verdict", "runs"), [(document(rule(state="pass"), state="pass"), RUNS), (of("a"), [])]
    )
    def test_asks_no_server_without_need(self, verdict: dict[str, Any], runs: Any) -> None:
        assert asked([], verdict, runs=runs) == ({}, [])

    @pytest.mark.parametrize(
        "reply", [ScriptedReply({}, status=403), ScriptedReply({}), ScriptedReply({"gate": {"name": 1}})]
    )
    def test_names_none_where_the_gate_cannot_be_had(self, reply: ScriptedReply) -> None:
        assert asked([reply], of("a"))[0] == {}

    def test_is_noted_in_the_report_that_it_is_of(self) -> None:
        tools = {"packages": frozenset({"trivy"})}
        assert with_tools(ReportSummary("a", DIGEST, ""), {DIGEST: tools}).asked == tools
        assert with_tools(ReportSummary("a", "sha256:2", ""), {DIGEST: tools}).asked == {}
