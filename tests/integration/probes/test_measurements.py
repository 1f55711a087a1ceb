"""What probes found by day, from single probes and from days that were summed up, on both databases."""

from __future__ import annotations

from datetime import timedelta

from tests.support.api import Api
from tests.support.incidents import HARBOUR, as_worker, probe, register
from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import DAY, day_of
from tidegate.modules.probes.measurements import ProbeMeasurements
from tidegate.modules.probes.service import ProbeService


def test_joins_days_that_were_summed_up_with_those_of_single_probes(small_api: Api) -> None:
    register(small_api, "harbour", "shop")
    first = day_of(small_api.clock.now())
    probe(small_api, "PPF")
    small_api.clock.advance(timedelta(days=3))
    probe(small_api, "P")
    with as_worker(small_api) as work:
        work.use(ProbeService).roll_up(raw=timedelta(days=2), keep=timedelta(days=400))
        end = small_api.clock.now() + timedelta(seconds=1)
        shop = FactSubject("shop", "production")
        found = work.use(ProbeMeasurements).days_of([HARBOUR, shop], first, end)
    assert found[shop] == {}
    assert found[HARBOUR][first] == {HealthState.PASS: 2, HealthState.FAIL: 1}
    assert found[HARBOUR][first + 3 * DAY] == {HealthState.PASS: 1}
