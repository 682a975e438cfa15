import numpy as np
import pytest

from app.audio.clock_map import ClockMap, DeviceInstants, SmoothInstants, StampJudge
from tests.support.audio import ns

WALL_NS = 1_795_000_000_000_000_000
BLOCK_NS = ns(10)


def read(clocks: ClockMap | DeviceInstants, at_ms: float, *, bracket_us: float, ppm: float) -> None:
    """Read both clocks at ``at_ms`` of ours; theirs runs ``ppm`` fast."""
    bracket_ns = round(bracket_us * 1_000)
    stream_ns = WALL_NS + round(at_ms * 1e6 * (1 + ppm / 1e6))
    # the stream was read at one end of the bracket: the worst that can be
    before_ns = round(at_ms * 1e6)
    add = clocks.add if isinstance(clocks, ClockMap) else clocks.add_pair
    add(before_ns, stream_ns, before_ns + bracket_ns)


def test_a_reading_maps_the_wall_clock_to_ours() -> None:
    clocks = ClockMap()
    before = clocks.known

    read(clocks, 1_000, bracket_us=10, ppm=0)

    assert (before, clocks.known) == (False, True)
    assert clocks.to_session(WALL_NS + ns(1_500)) == pytest.approx(ns(1_500), abs=5_000)


def test_wide_brackets_do_not_count() -> None:
    clocks = ClockMap()
    for step in range(20):
        read(clocks, 100 * step, bracket_us=3_000 if step % 2 else 8, ppm=0)

    assert clocks.to_session(WALL_NS + ns(2_000)) == pytest.approx(ns(2_000), abs=5_000)


@pytest.mark.parametrize("ppm", [-500, 100, 500])
def test_drift_is_followed(ppm: float) -> None:
    clocks = ClockMap()
    for step in range(600):
        read(clocks, 100 * step, bracket_us=10 + step % 7, ppm=ppm)

    stream_ns = WALL_NS + round(60_000e6 * (1 + ppm / 1e6))
    assert clocks.to_session(stream_ns) == pytest.approx(ns(60_000), abs=20_000)


def test_a_step_of_the_wall_clock_is_followed_at_once() -> None:
    clocks = ClockMap()
    for step in range(50):
        read(clocks, 100 * step, bracket_us=10, ppm=0)

    clocks.add(ns(5_000), WALL_NS + ns(5_000) + ns(3_600_000), ns(5_000) + 10_000)

    at_ns = clocks.to_session(WALL_NS + ns(5_100) + ns(3_600_000))
    assert at_ns == pytest.approx(ns(5_100), abs=10_000)


def judged(latency_ms: float, step_ms: float, *, ahead: bool = True) -> bool:
    judge = StampJudge(BLOCK_NS, ahead=ahead)
    for step in range(60):
        current_ns = ns(10 * step)
        judge.add(ns(step_ms * step + (latency_ms if ahead else -latency_ms)), current_ns)
    return judge.plausible


@pytest.mark.parametrize("ahead", [True, False], ids=["output", "input"])
@pytest.mark.parametrize(
    ("latency_ms", "step_ms", "believed"),
    [
        pytest.param(40, 10, True, id="sound"),
        pytest.param(40, 11.5, True, id="a-little-off"),
        pytest.param(-40, 10, False, id="on-the-wrong-side"),
        pytest.param(0, 10, False, id="no-latency"),
        pytest.param(2_000, 10, False, id="too-far"),
        pytest.param(40, 0, False, id="never-moves"),
        pytest.param(40, 13, False, id="wrong-step"),
    ],
)
def test_stamps_are_judged(
    latency_ms: float, step_ms: float, *, believed: bool, ahead: bool
) -> None:
    if step_ms == 11.5:
        latency_ms += 0 if ahead else 100  # the drift eats into it
    assert judged(latency_ms, step_ms, ahead=ahead) is believed


def test_before_there_are_two_stamps_they_are_believed() -> None:
    judge = StampJudge(BLOCK_NS, ahead=True)
    judge.add(0, 0)

    assert judge.plausible


def test_jitter_is_smoothed_and_the_step_is_even() -> None:
    rng = np.random.default_rng(3)
    smooth = SmoothInstants()

    got = [
        smooth.add(ns(10 * step + rng.uniform(-9, 9)), ns(10 * step), BLOCK_NS)
        for step in range(500)
    ]

    errors_ms = np.array([g / 1e6 - 10 * step for step, g in enumerate(got)])[100:]
    assert np.abs(errors_ms).max() < 4
    assert np.abs(np.diff(errors_ms)).max() < 2


def test_a_pause_of_the_callbacks_begins_a_new_line() -> None:
    smooth = SmoothInstants()
    for step in range(100):
        smooth.add(ns(10 * step), ns(10 * step), BLOCK_NS)

    assert smooth.add(ns(5_000), ns(5_000), BLOCK_NS) == ns(5_000)
    assert smooth.add(ns(5_010), ns(5_010), BLOCK_NS) == ns(5_010)


def test_stamps_that_lie_fall_back_to_the_claimed_latency() -> None:
    lying = DeviceInstants(48_000, 480, ns(40), ahead=True)
    read(lying, 0, bracket_us=10, ppm=0)

    at_ns = [lying.of_block(ns(10 * i), WALL_NS, WALL_NS, 480) for i in range(60)]

    assert not lying.measured
    assert at_ns[-1] == pytest.approx(ns(590 + 40), abs=ns(1))


@pytest.mark.parametrize("ahead", [True, False])
def test_stamps_that_are_sound_are_mapped(*, ahead: bool) -> None:
    instants = DeviceInstants(48_000, 480, ns(500), ahead=ahead)
    read(instants, 0, bracket_us=10, ppm=0)
    latency_ns = ns(25) if ahead else -ns(25)

    at_ns = [
        instants.of_block(ns(10 * i), WALL_NS + ns(10 * i), WALL_NS + ns(10 * i) + latency_ns, 480)
        for i in range(60)
    ]

    assert instants.measured
    assert at_ns[-1] == pytest.approx(ns(590) + latency_ns, abs=10_000)


def test_without_a_reading_the_latency_is_assumed() -> None:
    instants = DeviceInstants(48_000, 480, ns(30), ahead=False)

    assert instants.of_block(ns(100), WALL_NS, WALL_NS - ns(20), 480) == ns(70)
    assert not instants.measured


def run_device(
    instants: DeviceInstants,
    seconds: float,
    *,
    from_ms: float = 0,
    latency_ms: float = 25,
    wall_ns: int = WALL_NS,
    **_: float,
) -> list[float]:
    """Let blocks of 10 ms come, the clocks being read each 100 ms; return their errors, ms."""
    errors = []
    for step in range(round(seconds * 100)):
        now_ns = ns(from_ms + 10 * step)
        if step % 10 == 5:
            instants.add_pair(now_ns, wall_ns + now_ns, now_ns + 5_000)
        at_ns = instants.of_block(now_ns, wall_ns + now_ns, wall_ns + now_ns + ns(latency_ms), 480)
        errors.append((at_ns - now_ns) / 1e6 - latency_ms)
    return errors


def output() -> DeviceInstants:
    return DeviceInstants(48_000, 480, ns(40), ahead=True)


def test_stamps_of_the_first_half_second_are_not_used() -> None:
    instants = output()
    cold = run_device(instants, 0.5, latency_ms=-490)
    was_measured = instants.measured

    warm = run_device(instants, 1.0, from_ms=500)

    assert not was_measured
    assert set(cold) == {40.0 + 490.0}
    assert instants.measured
    assert max(map(abs, warm[1:])) < 0.1


@pytest.mark.parametrize(
    "jump_ns",
    [ns(3_600_000), -ns(3_600_000), ns(1_200), -ns(40), ns(8)],
    ids=["an-hour", "an-hour-back", "a-second", "40-ms-back", "8-ms"],
)
@pytest.mark.parametrize("slept_ms", [0, 30_000], ids=["while-running", "asleep"])
def test_a_jump_of_the_wall_clock_does_not_move_what_is_played(
    jump_ns: int, slept_ms: float
) -> None:
    instants = output()
    run_device(instants, 3.0)

    after = run_device(instants, 3.0, from_ms=3_000 + slept_ms, wall_ns=WALL_NS + jump_ns)

    assert max(map(abs, after)) < abs(jump_ns) / 1e6 + 0.1
    assert max(map(abs, after)) < 50
    assert max(map(abs, after[60:])) < 0.1
    assert instants.measured


def test_what_a_device_holds_is_its_instants_less_the_hand_over() -> None:
    instants = output()
    before = instants.held_ns
    run_device(instants, 2.0, latency_ms=33)

    assert before is None
    assert instants.held_ns == pytest.approx(ns(33), abs=ns(0.1))


def test_what_a_device_holds_is_what_it_claims_where_its_stamps_lie() -> None:
    instants = output()
    run_device(instants, 2.0, latency_ms=-5)

    assert not instants.measured
    assert instants.held_ns == pytest.approx(ns(40), abs=ns(0.1))


@pytest.mark.parametrize("ahead", [True, False], ids=["output", "input"])
def test_stamps_that_come_right_are_believed_and_that_go_wrong_are_not(*, ahead: bool) -> None:
    sign = 1 if ahead else -1
    instants = DeviceInstants(48_000, 480, ns(40), ahead=ahead)
    believed = []
    for step, latency_ms in enumerate((25, 2_000, 25)):
        run_device(instants, 2.0, from_ms=2_000 * step, latency_ms=sign * latency_ms)
        believed.append(instants.measured)

    assert believed == [True, False, True]


def test_one_stamp_for_two_blocks_is_not_believed() -> None:
    judge = StampJudge(BLOCK_NS, ahead=True)
    for step in range(60):
        judge.add(ns(20 * (step // 2) + 30), ns(10 * step))

    assert not judge.plausible
