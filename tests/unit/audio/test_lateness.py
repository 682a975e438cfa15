import numpy as np

from app.audio.lateness import Lateness


def test_before_a_callback_nothing_is_known() -> None:
    lateness = Lateness()

    assert (lateness.worst_ns, lateness.since(0)) == (None, None)


def test_every_reader_gets_the_largest_of_its_own_stretch() -> None:
    lateness = Lateness()
    for called_ns, lag_ns in [(10, 3), (20, 50), (30, 7), (40, 7), (50, 1)]:
        lateness.add(called_ns, lag_ns)

    assert [lateness.since(at) for at in (0, 20, 21, 40, 41, 51)] == [50, 50, 7, 7, 1, None]
    assert lateness.since(0) == lateness.worst_ns == 50


def test_no_stretch_is_answered_otherwise_than_by_looking_at_all_of_it() -> None:
    rng = np.random.default_rng(5)
    lateness, all_lags = Lateness(), list[tuple[int, int]]()
    for called_ns in range(5_000):
        lag_ns = int(rng.exponential(1e3))
        lateness.add(called_ns, lag_ns)
        all_lags.append((called_ns, lag_ns))

    for since_ns in range(0, 5_000, 97):
        assert lateness.since(since_ns) == max(lag for at, lag in all_lags if at >= since_ns)
    assert len(lateness._records) < 40


def test_callbacks_that_are_all_on_time_push_nothing_out() -> None:
    lateness = Lateness()
    lateness.add(0, 40)
    for called_ns in range(1, 2_000):
        lateness.add(called_ns, 0)

    assert (lateness.since(0), lateness.since(1)) == (40, 0)
