"""The catalog's use cases on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from tests.support.api import GATE
from tidegate.domain.access import EVERYTHING, Rights
from tidegate.domain.catalog import (
    ComponentFacts,
    ComponentUnknown,
    EnvironmentFacts,
    RevisionContradicted,
    RevisionFacts,
)
from tidegate.domain.conditions import AnyVersion, ExpectedVersion
from tidegate.domain.errors import ConditionNeeded, Invalid, NotFound, Stale
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.access import Access
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import new_id
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.repository import (
    ComponentRepository,
    EnvironmentRepository,
    RevisionRepository,
)
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.gates.repository import GateRepository
from tidegate.modules.gates.service import GateService

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_ARTIFACT = "sha256:" + "b" * 64
_SHOP = ComponentFacts(title="Shop", owner="web")


Services = tuple[CatalogService, GateService, AuditService]


def _services(uow: UnitOfWork) -> Services:
    clock = SystemClock()
    audit = AuditService(uow, AuditRepository(uow), clock, ANONYMOUS)
    gates = GateService(
        uow=uow,
        gates=GateRepository(uow),
        audit=audit,
        principal=ANONYMOUS,
        clock=clock,
        new_id=new_id,
    )
    catalog = CatalogService(
        uow,
        components=ComponentRepository(uow),
        environments=EnvironmentRepository(uow),
        revisions=RevisionRepository(uow),
        gates=gates,
        audit=audit,
        access=Access(ANONYMOUS, Rights((EVERYTHING,)), lambda: ComponentRepository(uow)),
        clock=clock,
        new_id=new_id,
    )
    return catalog, gates, audit


@pytest.fixture
def services(database: Database) -> Iterator[Services]:
    uow = database.unit_of_work()
    yield _services(uow)
    uow.close()


@pytest.fixture
def catalog(services: Services) -> CatalogService:
    return services[0]


@pytest.fixture
def gates(services: Services) -> GateService:
    return services[1]


@pytest.fixture
def audit(services: Services) -> AuditService:
    return services[2]


def _actions(audit: AuditService) -> list[str]:
    assert audit.verification().intact
    return [link.entry.action for link in audit.events(PageRequest()).items][::-1]


class TestDescribeComponent:
    def test_registers_changes_and_leaves_alone(self, catalog: CatalogService, audit: AuditService) -> None:
        made, new = catalog.describe_component("shop", _SHOP)
        assert (new, made.version, catalog.component("shop")) == (True, 1, made)
        assert catalog.describe_component("shop", _SHOP) == (made, False)
        changed, new = catalog.describe_component("shop", ComponentFacts("Shop 2", "web"), ExpectedVersion(1))
        assert (new, changed.version, changed.created_at) == (False, 2, made.created_at)
        assert catalog.component("shop") == changed
        assert _actions(audit) == ["component.registered", "component.changed"]

    def test_refuses_to_overwrite_what_the_caller_has_not_read(self, catalog: CatalogService) -> None:
        with pytest.raises(Stale, match="There is no component"):
            catalog.describe_component("shop", _SHOP, ExpectedVersion(1))
        catalog.describe_component("shop", _SHOP)
        with pytest.raises(Stale, match="at version 1, you have read 4"):
            catalog.describe_component("shop", ComponentFacts("x", "y"), ExpectedVersion(4))

    def test_refuses_to_overwrite_without_a_word_about_what_was_read(self, catalog: CatalogService) -> None:
        catalog.describe_component("shop", _SHOP)
        catalog.describe_environment("local", EnvironmentFacts(rank=0))
        with pytest.raises(ConditionNeeded, match="at version 1"):
            catalog.describe_component("shop", ComponentFacts("x", "y"))
        with pytest.raises(ConditionNeeded, match="at version 1"):
            catalog.describe_environment("local", EnvironmentFacts(rank=1))

    @pytest.mark.parametrize("name", ["", "Shop", "a b", "a/b", "-a", "a-", "a" * 101, "é"])
    def test_refuses_a_name_that_no_url_should_hold(self, catalog: CatalogService, name: str) -> None:
        with pytest.raises(Invalid, match="cannot name a component"):
            catalog.describe_component(name, _SHOP)

    def test_one_that_is_not_there_is_not_found(self, catalog: CatalogService) -> None:
        with pytest.raises(NotFound):
            catalog.component("shop")

    def test_lists_by_name_and_owner(self, catalog: CatalogService) -> None:
        for name, owner in (("c", "x"), ("a", "x"), ("b", "y")):
            catalog.describe_component(name, ComponentFacts(name, owner))
        assert [found.name for found in catalog.components(PageRequest()).items] == ["a", "b", "c"]
        assert [found.name for found in catalog.components(PageRequest(), owner="x").items] == ["a", "c"]


class TestDescribeEnvironment:
    def test_registers_and_changes_the_gate(
        self, catalog: CatalogService, gates: GateService, audit: AuditService
    ) -> None:
        gates.declare(GATE, name="production")
        catalog.describe_environment("local", EnvironmentFacts(rank=0))
        made, new = catalog.describe_environment("production", EnvironmentFacts(rank=9))
        assert (new, catalog.environment("production"), catalog.guarded_environments()) == (True, made, ())
        changed, new = catalog.describe_environment(
            "production", EnvironmentFacts(9, "production"), AnyVersion()
        )
        assert (new, changed.version) == (False, 2)
        assert catalog.guarded_environments() == (changed,)
        assert catalog.describe_environment("production", EnvironmentFacts(9, "production")) == (
            changed,
            False,
        )
        assert [found.name for found in catalog.environments(PageRequest()).items] == ["local", "production"]
        assert _actions(audit) == [
            "gate.declared",
            "environment.registered",
            "environment.registered",
            "environment.changed",
        ]

    def test_refuses_a_gate_that_is_not_there(self, catalog: CatalogService) -> None:
        with pytest.raises(Invalid, match="no gate named 'nowhere'"):
            catalog.describe_environment("production", EnvironmentFacts(1, "nowhere"))

    def test_one_that_is_not_there_is_not_found(self, catalog: CatalogService) -> None:
        with pytest.raises(NotFound):
            catalog.environment("nowhere")


class TestEnsureRevision:
    def test_registers_once_and_adds_what_becomes_known(
        self, catalog: CatalogService, audit: AuditService
    ) -> None:
        catalog.describe_component("shop", _SHOP)
        made = catalog.register_revision("shop", _COMMIT.upper())[0]
        assert (made.commit, made.artifact) == (_COMMIT, None)
        assert catalog.register_revision("shop", _COMMIT)[0] == made
        moment = datetime(2026, 1, 2, tzinfo=UTC)
        known = catalog.register_revision("shop", _COMMIT, RevisionFacts(_ARTIFACT, "main", moment))[0]
        assert (known.id, known.artifact, known.branch, known.committed_at) == (
            made.id,
            _ARTIFACT,
            "main",
            moment,
        )
        assert catalog.revision("shop", _COMMIT) == known
        assert catalog.register_revision("shop", _COMMIT, RevisionFacts(branch="other")) == (known, False)
        assert _actions(audit)[1:] == ["revision.registered", "revision.completed"]

    def test_refuses_another_artifact(self, catalog: CatalogService) -> None:
        catalog.describe_component("shop", _SHOP)
        catalog.register_revision("shop", _COMMIT, RevisionFacts(artifact=_ARTIFACT))[0]
        with pytest.raises(RevisionContradicted, match="artifact"):
            catalog.register_revision("shop", _COMMIT, RevisionFacts(artifact="sha256:" + "c" * 64))[0]

    def test_refuses_an_unknown_component_and_a_short_commit(self, catalog: CatalogService) -> None:
        with pytest.raises(
            ComponentUnknown, match=r"Register it first: `tidegate component put \w+ --owner TEAM`"
        ):
            catalog.register_revision("shop", _COMMIT)[0]
        with pytest.raises(Invalid, match="git rev-parse HEAD"):
            catalog.register_revision("shop", _COMMIT[:7])[0]

    def test_looks_for_component_and_revision_in_one_statement(
        self, database: Database, catalog: CatalogService
    ) -> None:
        catalog.describe_component("shop", _SHOP)
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("SELECT") and ("components" in statement or "revisions" in statement):
                asked.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        revision, is_new = catalog.register_revision("shop", _COMMIT)
        assert is_new
        assert len(asked) == 1
        assert catalog.register_revision("shop", _COMMIT) == (revision, False)
        assert len(asked) == 2

    def test_several_at_once_register_one(self, database: Database, catalog: CatalogService) -> None:
        catalog.describe_component("shop", _SHOP)
        start = threading.Barrier(4)
        found: list[str] = []

        def submit() -> None:
            uow = database.unit_of_work()
            own, _, _ = _services(uow)
            start.wait(10)
            found.append(own.register_revision("shop", _COMMIT)[0].id)
            uow.close()

        threads = [threading.Thread(target=submit) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(found) == 4
        assert len(set(found)) == 1

    def test_lists_newest_first_and_by_artifact(self, catalog: CatalogService) -> None:
        catalog.describe_component("shop", _SHOP)
        commits = [f"{number:040x}" for number in range(3)]
        for commit in commits:
            catalog.register_revision("shop", commit)[0]
        catalog.register_revision("shop", commits[1], RevisionFacts(artifact=_ARTIFACT))[0]
        assert [found.commit for found in catalog.revisions("shop", PageRequest()).items] == commits[::-1]
        built = catalog.revisions("shop", PageRequest(), artifact=_ARTIFACT)
        assert [found.commit for found in built.items] == [commits[1]]
        with pytest.raises(NotFound):
            catalog.revisions("nothing", PageRequest())
        with pytest.raises(NotFound):
            catalog.revision("shop", "f" * 40)
