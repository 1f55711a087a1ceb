"""Tests of column types: what goes in comes out, and what could mean two things does not go in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine

from tidegate.kernel.db.types import WallTime

DIALECT = create_engine("sqlite://").dialect


class TestWallTime:
    @pytest.mark.parametrize("shown", [datetime(2026, 3, 29, 2, 30), None])
    def test_comes_out_as_it_went_in(self, shown: datetime | None) -> None:
        kept = WallTime().process_bind_param(shown, DIALECT)
        assert WallTime().process_result_value(kept, DIALECT) == shown

    def test_refuses_a_moment(self) -> None:
        with pytest.raises(ValueError, match="a wall's time has none"):
            WallTime().process_bind_param(datetime(2026, 3, 29, 2, 30, tzinfo=UTC), DIALECT)
