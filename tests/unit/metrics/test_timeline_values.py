import pytest

from app.metrics import timeline_values
from app.metrics.timeline_values import Series


def test_a_series_grows_and_the_shorter_one_stays() -> None:
    one = Series((1,))
    two = one.plus(2)

    assert list(one) == [1]
    assert list(two) == [1, 2]
    assert (len(one), len(two)) == (1, 2)


def test_two_that_go_on_from_the_same_point_part_company() -> None:
    common = Series[int]().plus(1)

    left, right = common.plus(2), common.plus(3)

    assert list(left.plus(4)) == [1, 2, 4]
    assert list(right.plus(5)) == [1, 3, 5]
    assert list(common) == [1]


def test_a_series_ends_where_it_ends_although_what_it_shares_goes_on() -> None:
    short = Series((1, 2))
    longer = short.plus(3)

    assert short[-1] == 2
    assert longer[-1] == 3
    assert list(short[0:9]) == [1, 2]
    assert list(reversed(short)) == [2, 1]
    with pytest.raises(IndexError):
        _ = short[2]


def test_equal_series_are_equal_values() -> None:
    assert Series((1, 2)) == Series((1,)).plus(2)
    assert Series((1, 2)) != Series((1, 3))
    assert Series((1, 2)) != (1, 2)
    assert hash(Series((1, 2))) == hash(Series((1,)).plus(2))
    assert repr(Series((1,))) == "Series([1])"


def test_a_series_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_values, "MAX_KEPT", 2)
    full = Series((1, 2, 3))

    assert list(full) == [1, 2]
    assert full.plus(4) is full
