"""Tests of where flags are read from: how long the table is remembered, and what if it is away."""

from __future__ import annotations

import threading

from tidegate.domain.flags import FLAGS, FlagValues
from tidegate.modules.flags.sources import TableSource, VariableSource

OFF: FlagValues = {("try-it", ""): False}
FLAG = FLAGS[0]


class Table:
    """A table that counts how often it is read, and can be away."""

    def __init__(self) -> None:
        self.reads = 0
        self.away = False
        self.at = 0.0
        self.source = TableSource(self.read, max_age=5, now=lambda: self.at)

    def read(self) -> FlagValues:
        """Read it."""
        self.reads += 1
        if self.away:
            raise ConnectionError("no route")
        return OFF


class TestTable:
    def test_is_read_once_in_a_while(self) -> None:
        table = Table()
        for table.at in (0.0, 4.9, 5.0):
            assert table.source.values() == OFF
        assert table.reads == 2

    def test_is_read_again_after_a_change(self) -> None:
        table = Table()
        table.source.values()
        table.source.forget()
        table.source.values()
        assert table.reads == 2

    def test_that_is_away_leaves_what_was_read(self) -> None:
        table = Table()
        table.source.values()
        table.away, table.at = True, 60.0
        assert table.source.values() == OFF
        assert (table.source.failure, table.source.age()) == ("ConnectionError", 60.0)

    def test_that_was_never_there_says_nothing(self) -> None:
        table = Table()
        table.away = True
        assert table.source.values() == {}
        assert table.source.age() is None

    def test_that_is_away_is_not_asked_at_every_question(self) -> None:
        table = Table()
        table.away = True
        assert [table.source.values() for _ in range(3)] == [{}, {}, {}]
        assert table.reads == 1

    def test_that_comes_back_is_believed(self) -> None:
        table = Table()
        table.away = True
        table.source.values()
        table.away, table.at = False, 5.0
        assert table.source.values() == OFF
        assert table.source.failure is None

    def test_is_read_by_one_thread_while_the_others_use_what_is_known(self) -> None:
        table, entered, go_on = Table(), threading.Event(), threading.Event()

        def read() -> FlagValues:
            entered.set()
            go_on.wait(10)
            return {}

        table.source.values()
        table.source._read = read
        table.source.forget()
        reader = threading.Thread(target=table.source.values)
        reader.start()
        assert entered.wait(10)
        known = table.source.values()
        go_on.set()
        reader.join(10)
        assert (known, table.source.values()) == (OFF, {})

    def test_that_another_thread_has_read_meanwhile_is_not_read_again(self) -> None:
        table = Table()
        table.source.values()
        table.source._refresh()
        assert table.reads == 1

    def test_names_the_command(self) -> None:
        assert Table().source.remedy(FLAG, "staging") == (
            "tidegate flag set try-it on --environment staging --reason WHY"
        )


class TestVariables:
    def test_say_what_they_said_at_the_start(self) -> None:
        assert VariableSource(OFF).values() == OFF

    def test_name_themselves(self) -> None:
        source = VariableSource({})
        assert source.remedy(FLAG, "staging") == "set FEATURE_FLAG_TRY_IT=staging=on and start again"
        assert source.remedy(FLAG, "") == "set FEATURE_FLAG_TRY_IT=on and start again"
