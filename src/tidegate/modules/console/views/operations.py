"""What happened and how Tidegate itself is: the audit log, jobs, health."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.jobs.states import CLOSED, DONE, FAILED, RUNNING, WAITING
from tidegate.modules.audit.service import AuditService
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.jobs.service import JobService
from tidegate.modules.operations.service import HealthService

_RETRIED = (FAILED, WAITING)
_STATES = (FAILED, RUNNING, WAITING, DONE, CLOSED)
_MOST_JOBS = 60


@pages.get("/audit")
@requires(Permission.READ_AUDIT)
def show_audit() -> Response:
    """Show who did what to what, newest first."""
    subject, action = filter_value("subject", longest=500), filter_value("action")
    actor = filter_value("actor")
    found = use(AuditService).events(page_request(50), subject=subject, action=action, actor=actor)
    return page(
        "console/audit.html",
        events=[row.entry for row in found.items],
        next=next_address(found.next_cursor),
        subject=subject,
        action=action,
        actor=actor,
    )


@pages.post("/audit/verification")
@requires(Permission.READ_AUDIT)
def verify_audit() -> Response:
    """Check every row of the log and every link, and say in words what was found."""
    return page("console/audit_verification.html", report=use(AuditService).verification())


@pages.get("/jobs")
@requires(Permission.READ_AUDIT)
def show_jobs() -> Response:
    """Show the jobs of the worker, those that failed first."""
    state = filter_value("state")
    chosen = (state,) if state in _STATES else ()
    task = filter_value("task")
    jobs = use(JobService).jobs(states=chosen, task=task, limit=_MOST_JOBS)
    ordered = sorted(jobs, key=lambda job: job.state != FAILED)
    return page(
        "console/jobs.html",
        jobs=ordered,
        state=state,
        states=_STATES,
        task=task,
        tasks=use(JobService).tasks(),
        retried=_RETRIED,
        done=filter_value("retried"),
    )


@pages.post("/jobs/<job_id>/retry")
@requires(Permission.RETRY_JOB)
def retry_job(job_id: str) -> BaseResponse:
    """Have a job that failed tried again now."""
    use(JobService).retry(job_id)
    return redirect(url_for("console.show_jobs", retried=job_id), 303)


@pages.get("/system")
@requires(Permission.READ_DECLARATIONS)
def show_health() -> Response:
    """Show what `/health` says, in words."""
    health = use(HealthService).health()
    settings = current_container().settings
    return page("console/system.html", health=health, settings=settings)
