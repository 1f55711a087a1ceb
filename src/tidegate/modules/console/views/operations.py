"""What happened and how Tidegate itself is: the audit log, jobs, health."""

from __future__ import annotations

from flask import Response

from tidegate.domain.access import Permission
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.jobs.states import CLOSED, DONE, FAILED, RUNNING, WAITING
from tidegate.modules.audit.service import AuditService
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.jobs.service import JobService
from tidegate.modules.operations.service import HealthService

_STATES = (FAILED, RUNNING, WAITING, DONE, CLOSED)
_MOST_JOBS = 100


@pages.get("/audit")
@requires(Permission.READ_AUDIT)
def show_audit() -> Response:
    """Show who did what to what, newest first."""
    subject, action = filter_value("subject", longest=500), filter_value("action")
    found = use(AuditService).events(page_request(50), subject=subject, action=action)
    return page(
        "console/audit.html",
        events=[row.entry for row in found.items],
        next=next_address(found.next_cursor),
        subject=subject,
        action=action,
    )


@pages.get("/jobs")
@requires(Permission.READ_AUDIT)
def show_jobs() -> Response:
    """Show the jobs of the worker, those that failed first."""
    state = filter_value("state")
    chosen = (state,) if state in _STATES else _STATES
    jobs = use(JobService).jobs(states=chosen, limit=_MOST_JOBS)
    ordered = sorted(jobs, key=lambda job: job.state != FAILED)
    return page("console/jobs.html", jobs=ordered, state=state, states=_STATES)


@pages.get("/system")
@requires(Permission.READ_DECLARATIONS)
def show_health() -> Response:
    """Show what `/health` says, in words."""
    health = use(HealthService).health()
    settings = current_container().settings
    return page("console/system.html", health=health, settings=settings)
