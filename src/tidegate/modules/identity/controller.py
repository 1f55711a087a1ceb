"""Identity over HTTP: who the caller is."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.access import Binding, Permission
from tidegate.domain.principals import Principal
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.use import current_work
from tidegate.modules.identity import examples
from tidegate.modules.identity.schemas import CallerSchema

blueprint = Blueprint(
    "identity", __name__, url_prefix="/api/v1", description="Who may do what: people, tokens, roles."
)


@dataclass(frozen=True, slots=True)
class _Shown:
    principal: Principal
    roles: tuple[Binding, ...]
    permissions: tuple[Permission, ...]


@blueprint.get("/me")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(200, CallerSchema, example=examples.CALLER)
def show_caller() -> Answer:
    """Show who is asking.

    The caller as the audit log names it, its roles, and what it may do at least somewhere.
    """
    work = current_work()
    may = tuple(permission for permission in Permission if work.rights.somewhere(permission))
    roles = work.rights.bindings if work.rights.within is None else (work.rights.within,)
    return answer(_Shown(work.principal, roles, may))
