"""Targets: how each is, what was declared and what is observed, its history, and a probe now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from operator import attrgetter

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.catalog import Component
from tidegate.domain.facts import FactSubject, Side
from tidegate.domain.parity import Moments, ParityCounts, compare
from tidegate.domain.parity_rules import DEFAULT_RULES
from tidegate.kernel.http.declarations import reads_replica, requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.views.charts import Chart, chart_of
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.console.views.parity import PARITY_SHAPES
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.service import ProbeService

SHAPES: Mapping[str, str] = {
    "pass": "pass",  # nosec B105  # a state, no password
    "warn": "stale",
    "unknown": "missing",
    "fail": "fail",
}
"""The shape that is drawn beside each word for how a target is."""
_MOST_SHOWN = 20
_CHART = timedelta(hours=48)


@pages.get("/targets")
@requires(Permission.READ, inside=True)
@reads_replica
def list_targets() -> Response:
    """Show how every target is."""
    component, environment = filter_value("component"), filter_value("environment")
    found = use(InventoryService).targets(page_request(), component=component, environment=environment)
    return page(
        "console/targets.html",
        targets=found.items,
        states=use(ProbeService).states_of([one.subject for one in found.items]),
        shapes=SHAPES,
        component=component,
        environment=environment,
        next=next_address(found.next_cursor),
    )


@pages.get("/components/<component>/targets/<environment>")
@requires(Permission.READ)
def show_target(component: str, environment: str) -> Response:
    """Show a target: declared beside observed, its history, and its contract."""
    return _target(component, environment, PageForm(formdata=None))


@pages.post("/components/<component>/targets/<environment>/probe")
@requires(Permission.OBSERVE, inside=True)
def probe_target(component: str, environment: str) -> BaseResponse:
    """Probe a target now."""
    form = PageForm()
    if form.attempt(lambda: use(ProbeService).probe_now(component, environment)) is not None:
        return redirect(url_for("console.show_target", component=component, environment=environment), 303)
    return _target(component, environment, form)


def _target(component: str, environment: str, form: PageForm) -> Response:
    described: Component = use(CatalogService).component(component)
    target = use(InventoryService).target(component, environment)
    probes, facts = use(ProbeService), use(FactService)
    end = current_container().clock.now() + timedelta(milliseconds=1)
    history = probes.history(component, environment, end - _CHART, end)
    subject = FactSubject(component, environment)
    now = current_container().clock.now()
    declared, observed = (
        sorted(facts.current(subject, side), key=attrgetter("field"))
        for side in (Side.DECLARED, Side.OBSERVED)
    )
    rows = tuple(compare(declared, observed, DEFAULT_RULES, Moments(now, now), ParityCounts()))
    compared = {row.field for row in rows}
    charts: tuple[tuple[str, Chart], ...] = (
        ("Share of probes that found it up", chart_of([hour.uptime for hour in history.hours])),
        ("Mean latency", chart_of([hour.latency_mean for hour in history.hours])),
    )
    return page(
        "console/target.html",
        status=200 if form.fine else form.status,
        component=described,
        target=target,
        newest=probes.newest(component, environment, _MOST_SHOWN),
        history=history,
        charts=charts,
        rows=rows,
        told=tuple(fact for fact in observed if fact.field not in compared),
        shapes=SHAPES,
        parity_shapes=PARITY_SHAPES,
        form=form,
    )
