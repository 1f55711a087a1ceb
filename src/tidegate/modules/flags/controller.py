"""Feature flags over HTTP: list them, switch one, put one back to its default."""

from __future__ import annotations

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.flags import examples
from tidegate.modules.flags.schemas import FlagQuerySchema, FlagSchema, NewFlagSettingSchema
from tidegate.modules.flags.service import FlagService, NewFlagSetting

blueprint = Blueprint(
    "flags",
    __name__,
    url_prefix="/api/v1/flags",
    description="Which experimental parts of Tidegate itself are switched on.",
)


@blueprint.get("")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.page_of(FlagSchema, example=examples.FLAG)
def list_flags(page: PageRequest) -> Answer:
    """List the feature flags.

    Every flag that this version knows, by name, with what is said of it in each environment.
    """
    return paged(use(FlagService).flags(page))


@blueprint.put("/<flag>")
@blueprint.requires(Permission.SWITCH_FLAG)
@blueprint.arguments(NewFlagSettingSchema, example=examples.NEW_SETTING)
@blueprint.response(200, FlagSchema, example=examples.FLAG)
@blueprint.problems(NotFound, Conflict, Invalid)
def set_flag(new: NewFlagSetting, flag: str) -> Answer:
    """Switch a feature flag.

    Everywhere, or in one environment, which then has a setting of its own. Other processes follow within
    FEATURE_FLAGS_MAX_AGE seconds. 409 where FEATURE_FLAGS_SOURCE is `env`.
    """
    return answer(use(FlagService).set(flag, new))


@blueprint.delete("/<flag>")
@blueprint.requires(Permission.SWITCH_FLAG)
@blueprint.arguments(FlagQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, FlagSchema, example=examples.UNSET)
@blueprint.problems(NotFound, Conflict, Invalid)
def unset_flag(flag: str, environment: str | None) -> Answer:
    """Put a feature flag back to its default.

    Or, with `environment`, to what holds everywhere. One of which nothing is said is no fault.
    """
    return answer(use(FlagService).unset(flag, environment))
