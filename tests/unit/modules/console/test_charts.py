"""Tests of the points of small charts."""

from __future__ import annotations

from tidegate.modules.console.views.charts import BAR, GAP, HEIGHT, MARGIN, WIDTH, bars_of, chart_of


class TestChartOf:
    def test_scales_values_into_the_box(self) -> None:
        chart = chart_of([0, 5, 10])

        assert chart.lines == ("3.0,33.0 80.0,18.0 157.0,3.0",)
        assert chart.dots == ((WIDTH - MARGIN, MARGIN),)

    def test_breaks_where_a_value_is_missing(self) -> None:
        chart = chart_of([1, 2, None, 2, 1])

        assert len(chart.lines) == 2

    def test_shows_a_value_that_stands_alone_as_a_dot(self) -> None:
        chart = chart_of([None, True, None])

        assert chart.lines == ()
        assert chart.dots == ((WIDTH / 2, HEIGHT / 2),)

    def test_of_equal_values_is_level(self) -> None:
        assert chart_of([3, 3]).lines == ("3.0,18.0 157.0,18.0",)

    def test_of_nothing_is_empty(self) -> None:
        assert (chart_of([]).lines, chart_of([]).dots) == ((), ())


def test_a_day_that_was_up_all_the_time_is_a_bar_of_the_whole_height() -> None:
    bars = bars_of([1.0])
    assert bars.whole == f"M0 0h{BAR}v{HEIGHT}h-{BAR}z"
    assert (bars.part, bars.none, bars.width) == ("", "", BAR + GAP)


def test_a_day_that_was_up_in_part_is_a_lower_one() -> None:
    assert bars_of([0.5]).part == f"M0 {HEIGHT - 18}h{BAR}v18h-{BAR}z"


def test_a_day_that_was_down_is_still_seen() -> None:
    assert bars_of([0.0]).part == f"M0 {HEIGHT - BAR}h{BAR}v{BAR}h-{BAR}z"


def test_a_day_without_a_probe_is_a_dot_in_its_place() -> None:
    assert bars_of([1.0, None]).none == f"M{BAR + GAP} {HEIGHT - BAR}h{BAR}v{BAR}h-{BAR}z"
