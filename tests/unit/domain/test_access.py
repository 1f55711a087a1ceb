"""Tests of the table of who may do what: what each role has, and how far a limited one goes."""

from __future__ import annotations

import pytest

from tidegate.domain import access
from tidegate.domain.access import (
    EVERYTHING,
    PERMISSIONS,
    REACHES,
    RULES,
    Binding,
    Permission,
    Reach,
    Rights,
    Role,
    allowed,
    has,
    somewhere,
)
from tidegate.domain.errors import Invalid

# The specification: a permission that gets a row in the code and none here fails.
_LOWEST = {
    "declarations.read": "viewer",
    "component.read": "viewer",
    "evidence.submit": "submitter",
    "verdict.ask": "submitter",
    "fact.observe": "submitter",
    "release.create": "release-manager",
    "component.describe": "release-manager",
    "environment.describe": "release-manager",
    "gate.declare": "release-manager",
    "target.describe": "release-manager",
    "audit.read": "release-manager",
    "job.retry": "release-manager",
    "flag.switch": "administrator",
    "notification.read": "release-manager",
    "notification.replay": "release-manager",
    "channel.manage": "administrator",
    "access.manage": "administrator",
}
_ORDER = ("viewer", "submitter", "release-manager", "administrator")


class TestTable:
    def test_names_each_permission_once(self) -> None:
        assert [rule.permission for rule in PERMISSIONS] == list(Permission)

    @pytest.mark.parametrize("permission", Permission)
    @pytest.mark.parametrize("role", Role)
    def test_gives_each_role_what_it_needs_and_no_more(self, role: Role, permission: Permission) -> None:
        assert has(role, permission) is (_ORDER.index(role) >= _ORDER.index(_LOWEST[permission]))

    def test_gives_nobody_what_is_not_in_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(access, "RULES", {})

        assert not allowed((EVERYTHING,), Permission.READ)
        assert not somewhere((EVERYTHING,), Permission.READ)

    def test_explains_how_far_a_limited_role_goes(self) -> None:
        assert set(REACHES) == set(Reach) == {rule.reach for rule in PERMISSIONS}


class TestAllowed:
    def test_refuses_who_has_no_role(self) -> None:
        assert not any(allowed((), permission) for permission in Permission)

    def test_lets_an_unlimited_role_reach_everything(self) -> None:
        assert all(allowed((EVERYTHING,), permission) for permission in Permission)
        assert allowed((EVERYTHING,), Permission.READ, component="harbour", owner="quay")

    def test_holds_a_role_of_a_component_to_it(self) -> None:
        mine = (Binding(Role.SUBMITTER, component="harbour"),)

        assert allowed(mine, Permission.SUBMIT, component="harbour")
        assert not allowed(mine, Permission.SUBMIT, component="shop")
        assert not allowed(mine, Permission.READ)

    def test_holds_a_role_of_an_owner_to_that_owners_components(self) -> None:
        mine = (Binding(Role.VIEWER, owner="quay"),)

        assert allowed(mine, Permission.READ, component="harbour", owner="quay")
        assert not allowed(mine, Permission.READ, component="shop", owner="port")
        assert not allowed(mine, Permission.READ, component="unknown")

    def test_holds_a_role_of_an_environment_to_it_where_environments_matter(self) -> None:
        mine = (Binding(Role.RELEASE_MANAGER, component="harbour", environment="staging"),)

        assert allowed(mine, Permission.RELEASE, component="harbour", environment="staging")
        assert not allowed(mine, Permission.RELEASE, component="harbour", environment="production")
        assert not allowed(mine, Permission.RELEASE, component="harbour")
        assert allowed(mine, Permission.SUBMIT, component="harbour")

    @pytest.mark.parametrize(
        "limited",
        [
            Binding(Role.ADMINISTRATOR, component="harbour"),
            Binding(Role.ADMINISTRATOR, owner="quay"),
            Binding(Role.ADMINISTRATOR, environment="staging"),
        ],
    )
    @pytest.mark.parametrize(
        "permission", [rule.permission for rule in PERMISSIONS if rule.reach is Reach.EVERYWHERE]
    )
    def test_gives_no_limited_role_what_concerns_everything(
        self, limited: Binding, permission: Permission
    ) -> None:
        everything = {"component": "harbour", "owner": "quay", "environment": "staging"}

        assert not allowed((limited,), permission, **everything)
        assert not somewhere((limited,), permission)

    def test_lets_any_role_read_what_concerns_no_component(self) -> None:
        assert allowed((Binding(Role.VIEWER, component="harbour"),), Permission.READ_DECLARATIONS)

    def test_takes_the_roles_together(self) -> None:
        mine = (Binding(Role.VIEWER), Binding(Role.SUBMITTER, component="harbour"))

        assert allowed(mine, Permission.READ, component="shop")
        assert allowed(mine, Permission.SUBMIT, component="harbour")
        assert not allowed(mine, Permission.SUBMIT, component="shop")


class TestSomewhere:
    def test_tells_whether_a_limited_role_could_do_it_at_all(self) -> None:
        mine = (Binding(Role.SUBMITTER, component="harbour"),)

        assert somewhere(mine, Permission.SUBMIT)
        assert not somewhere(mine, Permission.RELEASE)
        assert not somewhere((), Permission.READ)


class TestRights:
    def test_hold_a_persons_token_to_both_its_limit_and_the_persons_roles(self) -> None:
        rights = Rights((Binding(Role.RELEASE_MANAGER, owner="quay"),), within=Binding(Role.SUBMITTER))

        assert rights.allow(Permission.SUBMIT, component="harbour", owner="quay")
        assert not rights.allow(Permission.SUBMIT, component="shop", owner="port")
        assert not rights.allow(Permission.RELEASE, component="harbour", owner="quay", environment="staging")
        assert rights.somewhere(Permission.SUBMIT) and not rights.somewhere(Permission.RELEASE)

    @pytest.mark.parametrize(
        ("asked", "owner", "reached"),
        [
            (Binding(Role.VIEWER), None, True),
            (Binding(Role.SUBMITTER), None, True),
            (Binding(Role.RELEASE_MANAGER), None, False),
            (Binding(Role.VIEWER, owner="quay"), None, True),
            (Binding(Role.VIEWER, owner="port"), None, False),
            (Binding(Role.VIEWER, component="harbour"), "quay", True),
            (Binding(Role.VIEWER, component="shop"), "port", False),
            (Binding(Role.VIEWER, environment="production"), None, False),
            (Binding(Role.VIEWER, environment="staging"), None, True),
        ],
    )
    def test_reach_what_they_have_a_part_of(self, asked: Binding, owner: str | None, reached: bool) -> None:
        held = Binding(Role.SUBMITTER, owner="quay", environment="staging")

        assert Rights((held,)).reach(asked, owner=owner) is reached
        assert not Rights((held,), within=Binding(Role.VIEWER, component="none")).reach(
            Binding(Role.SUBMITTER)
        )

    @pytest.mark.parametrize(
        ("within", "asked", "owner", "reached"),
        [
            (Binding(Role.SUBMITTER, component="harbour"), Binding(Role.SUBMITTER), None, False),
            (Binding(Role.SUBMITTER, component="harbour"), Binding(Role.VIEWER, owner="quay"), None, False),
            (Binding(Role.SUBMITTER, component="harbour"), Binding(Role.VIEWER, "harbour"), "quay", True),
            (
                Binding(Role.SUBMITTER, environment="staging"),
                Binding(Role.SUBMITTER, "harbour"),
                "quay",
                False,
            ),
            (
                Binding(Role.SUBMITTER, environment="staging"),
                Binding(Role.SUBMITTER, "harbour", environment="staging"),
                "quay",
                True,
            ),
            (Binding(Role.VIEWER, owner="quay"), Binding(Role.VIEWER), None, False),
            (Binding(Role.VIEWER, owner="quay"), Binding(Role.VIEWER, "harbour"), "quay", True),
            (Binding(Role.VIEWER, owner="quay"), Binding(Role.VIEWER, "shop"), "port", False),
            (Binding(Role.VIEWER, owner="quay"), Binding(Role.SUBMITTER, owner="quay"), None, False),
        ],
    )
    def test_a_narrowed_token_reaches_nothing_beyond_its_limit(
        self, within: Binding, asked: Binding, owner: str | None, reached: bool
    ) -> None:
        assert Rights((EVERYTHING,), within=within).reach(asked, owner=owner) is reached

    @pytest.mark.parametrize(
        ("held", "may"),
        [
            ((Binding(Role.RELEASE_MANAGER),), True),
            (
                (Binding(Role.RELEASE_MANAGER, owner="port"), Binding(Role.RELEASE_MANAGER, owner="quay")),
                True,
            ),
            ((Binding(Role.RELEASE_MANAGER, "harbour"), Binding(Role.RELEASE_MANAGER, owner="quay")), True),
            ((Binding(Role.RELEASE_MANAGER, "harbour"),), False),
            ((Binding(Role.RELEASE_MANAGER, owner="port"),), False),
            ((Binding(Role.RELEASE_MANAGER, owner="quay"),), False),
            ((Binding(Role.RELEASE_MANAGER, owner="port"), Binding(Role.SUBMITTER, owner="quay")), False),
            ((Binding(Role.SUBMITTER),), False),
            ((Binding(Role.ADMINISTRATOR, environment="staging"),), False),
            (
                (
                    Binding(Role.RELEASE_MANAGER, "harbour", environment="staging"),
                    Binding(Role.RELEASE_MANAGER, owner="quay"),
                ),
                False,
            ),
            (
                (
                    Binding(Role.RELEASE_MANAGER, "harbour"),
                    Binding(Role.RELEASE_MANAGER, owner="quay", environment="staging"),
                ),
                False,
            ),
        ],
    )
    def test_hand_over_what_they_have_everywhere_to_whom_they_have_as_well(
        self, held: tuple[Binding, ...], may: bool
    ) -> None:
        moved = {"owner": "port", "new_owner": "quay"}

        assert Rights(held).may_hand_over("harbour", **moved) is may
        assert not Rights(held, within=Binding(Role.RELEASE_MANAGER, "harbour")).may_hand_over(
            "harbour", **moved
        )

    def test_ask_for_owners_only_where_they_matter(self) -> None:
        assert Rights((Binding(Role.VIEWER, owner="quay"),)).depend_on_owners
        assert not Rights((EVERYTHING,)).depend_on_owners

    def test_are_none_without_a_role(self) -> None:
        assert not Rights().allow(Permission.READ) and not Rights().somewhere(Permission.READ)


class TestBinding:
    def test_refuses_two_limits_that_could_contradict_each_other(self) -> None:
        with pytest.raises(Invalid, match="not to both"):
            Binding(Role.VIEWER, component="harbour", owner="quay")

    @pytest.mark.parametrize(
        ("binding", "written"),
        [
            (Binding(Role.ADMINISTRATOR), "administrator everywhere"),
            (Binding(Role.VIEWER, owner="quay"), "viewer of all components of quay"),
            (
                Binding(Role.SUBMITTER, component="harbour", environment="staging"),
                "submitter of harbour in staging",
            ),
            (Binding(Role.VIEWER, environment="staging"), "viewer in staging"),
        ],
    )
    def test_is_written_as_people_read_it(self, binding: Binding, written: str) -> None:
        assert str(binding) == written

    def test_knows_a_rule_for_every_permission(self) -> None:
        assert set(RULES) == set(Permission)
