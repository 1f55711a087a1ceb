from harbour.berths import Berth, Quay, Ship


def quay() -> Quay:
    return Quay([Berth("long", 120), Berth("short", 60)])


def test_takes_the_shortest_berth_that_is_long_enough() -> None:
    assert quay().berth_for(Ship("Alma", 40)) == Berth("short", 60)


def test_takes_a_berth_of_exactly_its_length() -> None:
    assert quay().berth_for(Ship("Brise", 60)) == Berth("short", 60)


def test_turns_away_a_ship_that_is_too_long() -> None:
    assert quay().berth_for(Ship("Colossus", 400)) is None


def test_knows_where_a_ship_lies() -> None:
    place = quay()
    place.berth_for(Ship("Dora", 80))
    assert place.where(Ship("Dora", 80)) == "long"


def test_frees_the_berth_of_a_ship_that_leaves() -> None:
    place = Quay([Berth("only", 60)])
    place.berth_for(Ship("Elbe", 30))
    place.leave(Ship("Elbe", 30))
    place.leave(Ship("Stranger", 30))
    assert place.berth_for(Ship("Fjord", 30)) == Berth("only", 60)


def test_knows_no_place_of_a_ship_that_is_not_there() -> None:
    assert quay().where(Ship("Geist", 80)) is None


def test_gives_the_long_berth_when_the_short_one_is_taken() -> None:
    place = quay()
    place.berth_for(Ship("Hertha", 40))
    assert place.berth_for(Ship("Iris", 40)) == Berth("long", 120)


def test_turns_away_a_ship_when_every_berth_is_taken() -> None:
    place = Quay([Berth("only", 60)])
    place.berth_for(Ship("Juno", 30))
    assert place.berth_for(Ship("Kora", 30)) is None


def test_offers_the_shortest_berth_again_after_a_ship_left() -> None:
    place = quay()
    place.berth_for(Ship("Lotte", 40))
    place.leave(Ship("Lotte", 40))
    assert place.berth_for(Ship("Mira", 40)) == Berth("short", 60)


def test_has_no_berth_without_berths() -> None:
    assert Quay([]).berth_for(Ship("Nora", 1)) is None
