"""The guides speak of what is there: files, variables and messages that they name exist."""

from __future__ import annotations

import re

import pytest

from tests.integration.quality.tools import ROOT

SOURCE = "\n".join(path.read_text() for path in sorted((ROOT / "src").rglob("*.py")))
COMPOSE = "\n".join(path.read_text() for path in sorted(ROOT.glob("compose*.yml")))
TROUBLE = (ROOT / "docs/troubleshooting.md").read_text()
DEPLOY = (ROOT / "docs/deploy-compose.md").read_text()


@pytest.mark.requirement("S4-24")
@pytest.mark.parametrize("about", ["The port", "The database", "The start", "Health"])
def test_the_guide_for_trouble_has_a_table_for(about: str) -> None:
    section = TROUBLE.split(f"\n## {about}\n")[1].split("\n## ")[0]
    assert len(re.findall(r"^\| .* \| .* \| .* \|$", section, re.M)) >= 6


@pytest.mark.parametrize(
    "message",
    [
        "This server is not called ",
        "Send an API token as ",
        "may not do this",
        "The schema is not at the newest version",
        "Every database connection is in use",
        "Tidegate does not start with these settings",
        "is too weak for production",
        "does not name a file that can be read",
    ],
)
def test_messages_are_quoted_as_they_are_said(message: str) -> None:
    assert message.strip() in TROUBLE
    assert message in SOURCE


@pytest.mark.requirement("S4-26")
@pytest.mark.requirement("S4-27")
def test_the_guide_for_compose_names_files_and_variables_that_are_there() -> None:
    for file in re.findall(r"`((?:compose|scripts/|deploy/)[\w./-]*\.(?:yml|sh))`", DEPLOY):
        assert (ROOT / file).is_file(), file
    named = set(re.findall(r"`(TIDEGATE_\w+|WEB_REPLICAS|WORKER_REPLICAS)`", DEPLOY))
    assert named <= set(re.findall(r"\$\{(\w+)", COMPOSE))
    assert "compose.staging.yml" in DEPLOY
    steps = re.findall(r"^\d\. ", DEPLOY.split("## An installation")[1].split("\n## ")[0], re.M)
    assert len(steps) == 3
