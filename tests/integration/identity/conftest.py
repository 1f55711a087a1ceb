"""The services of identity on a real database, with a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.web import settings_for
from tests.support.api import QUICK, HandClock
from tidegate.app import compose
from tidegate.domain.principals import COMMAND_LINE
from tidegate.kernel.access import Authenticator
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db.engine import Database
from tidegate.kernel.passwords import Passwords
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import SignInService
from tidegate.modules.identity.tokens import TokenService
from tidegate.registry import MODULES


@pytest.fixture
def clock() -> HandClock:
    """Time that stands still."""
    return HandClock()


@pytest.fixture
def passwords() -> Passwords:
    """Passwords that are hashed with little work; a test that asks how much a server does says so itself."""
    return QUICK


@pytest.fixture
def container(database: Database, tmp_path: Path, clock: HandClock, passwords: Passwords) -> Container:
    """Every module over a database of the test's own."""
    settings = settings_for(tmp_path)
    made = Container(
        settings=settings, database=database, blobs=BlobStore.from_url(settings.blob_url), clock=clock
    )
    compose(made, MODULES)
    made.provide(Passwords, lambda _: passwords)
    return made


@pytest.fixture
def work(container: Container) -> Iterator[Work]:
    """One request's worth of work, asked for on the server's own machine."""
    opened = container.work(COMMAND_LINE)
    yield opened
    opened.close()


@pytest.fixture
def users(work: Work) -> UserService:
    """The use cases of people."""
    return work.use(UserService)


@pytest.fixture
def tokens(work: Work) -> TokenService:
    """The use cases of tokens."""
    return work.use(TokenService)


@pytest.fixture
def authenticator(work: Work) -> Authenticator:
    """What tells who presents a token."""
    return work.use(Authenticator)


@pytest.fixture
def sign_in(work: Work) -> SignInService:
    """The use case of signing in."""
    return work.use(SignInService)
