"""The commands that the documents show for compose, run word for word in a copy of the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.run_docs import PageBlock, blocks_for, copy, run_block
from scripts.serve import free_port
from tests.support.engine import ROOT, bare_environment, derive, docker, run

pytestmark = pytest.mark.engine

NAME = "tidegate-test-docs"
# Of its own, so that nothing is named like what a developer has built; the first `make up` builds it.
IMAGE = "tidegate:test-docs"
LIMIT = 300  # seconds for a block: a deployment takes the time that two releases need to get healthy
# The page that sets an installation up comes first; the others look at it.
BLOCKS = sorted(blocks_for("engine"), key=lambda block: block.page != "docs/deploy-compose.md")


@pytest.fixture(scope="module")
def installation(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A fresh copy of the checkout whose .env names a port and a project that are free; nothing runs yet."""
    folder, port = tmp_path_factory.mktemp("installation"), free_port()
    copy(ROOT, folder)
    given = f"COMPOSE_PROJECT_NAME={NAME}\nTIDEGATE_PORT={port}\nTIDEGATE_IMAGE={IMAGE}\n"
    (folder / ".env").write_text(given)
    try:
        yield folder, port
    finally:
        compose = ("docker", "compose", "down", "--volumes", "--timeout", "5", "--remove-orphans")
        run(*compose, cwd=folder, env=bare_environment())
        docker("image", "rm", "--force", IMAGE)


@pytest.mark.requirement("S0-17")
@pytest.mark.requirement("S0-19")
@pytest.mark.requirement("S4-27")
@pytest.mark.parametrize("block", BLOCKS, ids=[f"{block.page}:{block.line}" for block in BLOCKS])
def test_a_block_does_what_the_page_says(installation: tuple[Path, int], block: PageBlock) -> None:
    """In the order of the page: each block finds what those before it left."""
    folder, port = installation
    # `$IMAGE` is what a page calls the release to be deployed.
    given = {**bare_environment(), "IMAGE": derive("tidegate:test-docs-next", "ENV GIT_COMMIT=next")}
    assert run_block(block, folder, f"http://127.0.0.1:{port}", given, LIMIT) == ""


def test_the_pages_on_compose_are_among_them() -> None:
    assert {block.page for block in BLOCKS} >= {"docs/deploy-compose.md", "docs/troubleshooting.md"}
