"""May this commit ship? A server says, or, where none is configured or it is down, the reports here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts import verdict
from scripts.release.checks import Refusal
from tidegate.cli.client import NotReached, Refused, Server
from tidegate.domain.errors import Invalid
from tidegate.domain.states import State

TIMEOUT = 10.0
PAUSES = (0.5, 1.0)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReleaseJudge:
    """Where the verdict comes from: the repository, its reports, and the server if one is configured."""

    root: Path
    reports: Path
    server: str | None
    say: Say = print

    def refusal(self, commit: str) -> Refusal | None:
        """Ask for a verdict on the commit; returns nothing only where it is `pass`."""
        if not self.server:
            self.say("No server is named (--server, TIDEGATE_URL): the reports here are judged.")
            return self._embedded()
        try:
            return self._of_server(self.server, commit)
        except NotReached as away:
            self.say(str(away))
        except Refused as refused:
            if refused.status < 500:
                return Refusal(str(refused), self._submit(self.server, commit))
            self.say(str(refused))
        self.say("So the reports here are judged instead, by the same rules; no server records this verdict.")
        return self._embedded()

    def _of_server(self, url: str, commit: str) -> Refusal | None:
        try:
            server = Server(url, timeout=TIMEOUT, pauses=PAUSES)
        except Invalid as bad:
            return Refusal(str(bad), "name the server as --server http://host:port")
        # Judged now and not looked up: evidence that was fresh when it was submitted may have grown stale.
        path = ("components", verdict.COMPONENT, "revisions", commit, "verdicts")
        ruling = server.send("POST", *path, document={"environment": verdict.ENVIRONMENT}).document()
        found = ruling["verdict"]
        self.say(f"{url} says {found['state']} (verdict {ruling['id']}).")
        if found["state"] == State.PASS:
            return None
        return Refusal(_reasons(found), f"fix what it names, then {self._submit(url, commit)}")

    def _submit(self, url: str, commit: str) -> str:
        subject = f"--component {verdict.COMPONENT} --revision {commit} --environment {verdict.ENVIRONMENT}"
        return f"make evidence, then tidegate submit --server {url} {subject} {self.reports}"

    def _embedded(self) -> Refusal | None:
        try:
            code = verdict.judge(self.root, self.reports)
        except verdict.NoVerdict as none:
            return Refusal(str(none), "make evidence, and release again from the same sources")
        if code == 0:
            self.say(f"The verdict on the reports in {self.reports} is pass.")
            return None
        return Refusal(
            f"The gate {verdict.GATE} does not let the reports in {self.reports} pass.",
            "fix what the table above names, then make evidence",
        )


def _reasons(found: Any) -> str:
    blocking = [f"  {rule['rule']}: {rule['reason']}" for rule in found["rules"] if rule["blocks"]]
    return "\n".join([f"The gate {found['gate']['name']} is closed ({found['state']}):", *blocking])
