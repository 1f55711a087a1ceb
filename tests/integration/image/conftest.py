"""One image and one stack for all tests of this folder; each leaves the stack as it found it: healthy."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tests.support.engine import Stack, build_image, running
from tidegate import cli

# The command arrives with the work in the background; without it there is nothing to start.
HAS_WORKER = "worker" in cli.main.list_commands(click.Context(cli.main))


@pytest.fixture(scope="session")
def image() -> str:
    """The image of this checkout."""
    return build_image()


@pytest.fixture(scope="session")
def stack(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack with a component, a gate and an environment."""
    made = Stack(tmp_path_factory.mktemp("stack"), WORKER_REPLICAS=str(int(HAS_WORKER)))
    with running(made):
        yield made
