from harbour.bell import ring


def test_names_the_ship() -> None:
    assert ring("Alma") == "Alma has arrived"
