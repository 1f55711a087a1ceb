"""People, their groups and their roles, on both databases."""

from __future__ import annotations

import pytest

from tidegate.domain.access import EVERYTHING, Binding, Forbidden, Permission, Rights, Role
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.container import Container, Work
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import SignInService

PASSWORD = "seven crates of anthracite"
VIEWER = Binding(Role.VIEWER)


def actions(work: Work, subject: str) -> list[str]:
    """Return what happened to something, the oldest first."""
    events = work.use(AuditService).events(PageRequest(50), subject=subject).items
    return [row.entry.action for row in reversed(events)]


class TestCreate:
    def test_registers_a_person_with_a_role(self, users: UserService, work: Work) -> None:
        made = users.create("ada", display_name="Ada L.", password=PASSWORD, binding=VIEWER)

        assert (made.name, made.display_name, made.has_password) == ("ada", "Ada L.", True)
        assert users.user("ada") == made
        assert users.rights_of("ada") == Rights((VIEWER,))
        assert actions(work, "user:ada") == ["user.created", "role.granted"]

    def test_lets_a_person_be_without_password_and_role(self, users: UserService) -> None:
        assert not users.create("ada").has_password
        assert users.user("ada").display_name == "ada"
        assert users.rights_of("ada") == Rights()

    def test_refuses_a_name_that_is_taken_or_none(self, users: UserService) -> None:
        users.create("ada")
        with pytest.raises(Conflict, match="a user named 'ada' already"):
            users.create("ada")
        with pytest.raises(Invalid, match="no name for a user"):
            users.create("ada lovelace")

    @pytest.mark.parametrize(
        "password",
        ["short", "x" * 129, "password1234", "tidegatetidegate", "ada.lovelace1", "aaaaaaaaaaaaaaa"],
    )
    def test_refuses_a_password_that_is_soon_guessed(self, users: UserService, password: str) -> None:
        with pytest.raises(Invalid, match="The password is not accepted"):
            users.create("ada.lovelace", password=password)
        with pytest.raises(NotFound):
            users.user("ada.lovelace")

    def test_is_for_administrators_alone(self, container: Container) -> None:
        principal = Principal(PrincipalKind.PERSON, "eve")
        rights = Rights((Binding(Role.ADMINISTRATOR, component="harbour"),))
        work = container.work_on(container.database.unit_of_work(), principal, rights)
        users = work.use(UserService)

        for attempt in (
            lambda: users.create("x"),
            lambda: users.grant(EVERYTHING, user="eve"),
            lambda: users.set_password("eve", PASSWORD),
            lambda: users.disable("eve"),
            lambda: users.join("admins", "eve"),
            lambda: users.leave("admins", "eve"),
            lambda: users.users(PageRequest(1)),
            lambda: users.user("eve"),
            lambda: users.roles(PageRequest(1)),
            lambda: users.groups_of("eve"),
            lambda: users.withdraw("x"),
        ):
            with pytest.raises(Forbidden, match="access.manage needs the role administrator"):
                attempt()
        work.close()


class TestFirstAdministrator:
    def test_is_made_once(self, users: UserService) -> None:
        assert users.create_first_administrator("admin", PASSWORD)
        assert users.rights_of("admin") == Rights((EVERYTHING,))
        assert not users.create_first_administrator("admin", "another one entirely")
        assert not users.create_first_administrator("root", PASSWORD)
        assert [one.name for one in users.users(PageRequest(50)).items] == ["admin"]


class TestRoles:
    def test_of_a_group_are_those_of_its_members(self, users: UserService, work: Work) -> None:
        users.create("ada", binding=VIEWER)
        granted, _ = users.grant(Binding(Role.RELEASE_MANAGER, owner="quay"), group="managers")
        assert users.rights_of("ada") == Rights((VIEWER,))

        users.join("managers", "ada")
        users.join("managers", "ada")

        assert users.groups_of("ada") == ("managers",)
        assert users.rights_of("ada").allow(
            Permission.RELEASE, component="x", owner="quay", environment="production"
        )
        users.leave("managers", "ada")
        assert users.rights_of("ada") == Rights((VIEWER,))
        users.withdraw(granted.id)
        assert actions(work, "group:managers") == ["role.granted", "role.withdrawn"]
        assert actions(work, "user:ada")[-2:] == ["group.joined", "group.left"]

    def test_can_be_listed_and_taken_away(self, users: UserService) -> None:
        users.create("ada", binding=VIEWER)
        users.grant(EVERYTHING, group="admins")
        (hers,) = users.roles(PageRequest(50), user="ada").items
        assert (hers.user, hers.group, hers.binding) == ("ada", None, VIEWER)
        assert len(users.roles(PageRequest(50)).items) == 2

        users.withdraw(hers.id)

        assert users.rights_of("ada") == Rights()

    def test_are_given_to_one_who_is_there(self, users: UserService) -> None:
        with pytest.raises(NotFound):
            users.grant(VIEWER, user="nobody")
        with pytest.raises(Invalid, match="to a user or to a group"):
            users.grant(VIEWER)
        with pytest.raises(Invalid, match="no name for a group"):
            users.grant(VIEWER, group="a group")
        with pytest.raises(NotFound):
            users.withdraw("nothing")
        with pytest.raises(NotFound):
            users.join("managers", "nobody")
        users.create("ada")
        with pytest.raises(NotFound):
            users.leave("managers", "ada")


class TestDisable:
    def test_keeps_a_person_out_until_enabled_again(
        self, users: UserService, sign_in: SignInService, work: Work
    ) -> None:
        users.create("ada", password=PASSWORD)
        assert users.disable("ada").disabled_at is not None
        assert users.disable("ada").disabled_at is not None

        assert users.enable("ada").disabled_at is None
        assert sign_in.with_password("ada", PASSWORD, address="").principal.name == "ada"
        assert actions(work, "user:ada") == ["user.created", "user.disabled", "user.enabled"]
        with pytest.raises(NotFound):
            users.disable("nobody")


class TestPassword:
    def test_can_be_set_anew(self, users: UserService, sign_in: SignInService, work: Work) -> None:
        users.create("ada")
        users.set_password("ada", PASSWORD)

        assert sign_in.with_password("ada", PASSWORD, address="").principal.name == "ada"
        assert actions(work, "user:ada")[-1] == "user.password-set"
        with pytest.raises(NotFound):
            users.set_password("nobody", PASSWORD)
        with pytest.raises(Invalid):
            users.set_password("ada", "short")
