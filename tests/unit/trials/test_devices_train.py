import random
from itertools import pairwise

import pytest

from app.core.audio_format import AudioBlock
from app.core.clock import Nanoseconds
from app.core.errors import DeviceError
from app.dsp.pcm import silence
from app.trials.devices import device_trial_ports
from app.trials.devices_hearing import Trial, hear
from app.trials.devices_train import LONGEST_S, SHORTEST_S, Matched, match, offsets_s
from tests.support.audio import ns
from tests.support.session import Peer, World


def train(count: int, at_ms: float = 0.0, seed: int = 1) -> list[Nanoseconds]:
    return [ns(at_ms + 1_000 * offset) for offset in offsets_s(count, seed)]


def test_pauses_are_irregular_and_the_same_for_the_same_seed() -> None:
    steps = [later - earlier for earlier, later in pairwise(offsets_s(50, 3))]

    assert offsets_s(50, 3) == offsets_s(50, 3) != offsets_s(50, 4)
    assert offsets_s(1, 1) == (0.0,)
    assert min(steps) >= SHORTEST_S
    assert max(steps) <= LONGEST_S
    assert len({round(step, 3) for step in steps}) > 30


@pytest.mark.parametrize("delay_ms", [-400, 0, 90, 1_200])
def test_one_delay_lays_the_heard_train_upon_the_played_one(delay_ms: float) -> None:
    assert match(train(20), train(20, delay_ms)) == tuple(Matched(i, i) for i in range(20))


def test_what_is_missing_or_too_much_disturbs_nothing() -> None:
    rng = random.Random(2)  # noqa: S311 - not a secret
    heard = train(20, 60)
    del heard[3], heard[9]
    heard = sorted([*heard, *(ns(rng.uniform(0, 7_000)) for _ in range(8))])

    pairs = match(train(20), heard)

    right = [heard[j] - train(20)[i] == ns(60) for i, j in pairs]
    assert sum(right) >= 17
    assert len(pairs) <= 20


def test_chirps_that_took_another_time_are_left_out() -> None:
    heard = train(10, 60)
    heard[4] = Nanoseconds(heard[4] + ns(80))

    assert match(train(10), heard) == tuple(Matched(i, i) for i in range(10) if i != 4)


def test_where_nothing_was_heard_or_all_too_late_nothing_matches() -> None:
    assert match(train(5), []) == ()
    assert match([], train(5)) == ()
    assert match(train(5), [ns(90_000)]) == ()


@pytest.mark.parametrize("blocks", [(), (AudioBlock(silence(0), 48_000, ns(0), 0),)])
def test_a_microphone_that_gave_nothing_is_said_to(blocks: tuple[AudioBlock, ...]) -> None:
    trial = Trial(
        chirps=1,
        played_ns=(),
        blocks=blocks,
        input_name="Mic",
        output_name="Box",
        device_out_ms=None,
        device_clock="measured",
        xruns=0,
    )

    with pytest.raises(DeviceError, match="Mic delivers nothing"):
        hear(trial)


def test_a_sessions_outside_world_has_all_that_is_needed() -> None:
    parts = World(Peer(lambda peer, message: None)).parts()

    ports = device_trial_ports(parts, lambda: "cal_1")

    assert (ports.clock, ports.aside, ports.new_id()) == (parts.clock, parts.aside, "cal_1")
