"""How much of a loudspeaker a microphone hears."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from app.core.audio_format import Samples
from app.dsp.echo import NO_ECHO, NOTHING, EchoFigures, EchoMeter
from app.dsp.pcm import from_float, silence, to_float
from tests.support.room import BLOCK, EchoRoom, voice

FAR = voice(3.0)
USER = voice(2.0, active_dbfs=-24.0, first=4)[5300:]
"""Somebody who speaks from the first sample on."""


def in_room(room: EchoRoom, far: Samples) -> Samples:
    blocks = range(0, len(far) - BLOCK + 1, BLOCK)
    return np.concatenate([room.pass_block(far[at : at + BLOCK], at / 24_000) for at in blocks])


def metered(far: Samples, near: Samples, sent: Samples | None = None) -> EchoMeter:
    meter = EchoMeter()
    kept = near if sent is None else sent
    for start, end in pairwise(range(0, len(far) + 1, 480)):
        meter.add(far[start:end], near[start:end], kept[start:end])
    return meter


def fainter(samples: Samples, db: float) -> Samples:
    return from_float((to_float(samples) * 10 ** (db / 20)).astype(np.float32))


@pytest.mark.parametrize("coupling_db", [-6.0, -20.0, -35.0])
@pytest.mark.parametrize("delay_ms", [20.0, 60.0, 180.0])
def test_coupling_and_delay_of_a_room_are_found_in_speech(
    coupling_db: float, delay_ms: float
) -> None:
    near = in_room(EchoRoom(coupling_db=coupling_db, delay_ms=delay_ms), FAR)

    found = metered(FAR, near).measure(cancelling=False)

    assert found.delay_ms == pytest.approx(delay_ms, abs=0.3)
    assert found.coupling_db == pytest.approx(coupling_db, abs=2.0)
    assert found.erle_db is None


def test_what_cancellation_takes_away_and_what_it_leaves_is_measured() -> None:
    near = in_room(EchoRoom(coupling_db=-10.0, noise_dbfs=-90.0), FAR)
    level = 10 * np.log10(np.mean(to_float(near[-48_000:]).astype(np.float64) ** 2))

    found = metered(FAR, near, fainter(near, -25.0)).measure(cancelling=True)

    assert found.erle_db == pytest.approx(25.0, abs=0.1)
    assert found.residual_dbfs == pytest.approx(level - 25.0, abs=3.0)
    uncancelled = metered(FAR, near, fainter(near, -25.0)).measure(cancelling=False)
    assert uncancelled == replace(found, erle_db=None)


def test_while_somebody_speaks_nothing_is_said_of_cancellation() -> None:
    room = EchoRoom(coupling_db=-10.0, user=[(2.5, USER)])

    found = metered(FAR, in_room(room, FAR)).measure(cancelling=True)

    assert found.delay_ms == pytest.approx(60.0, abs=0.3)
    assert (found.erle_db, found.residual_dbfs) == (None, None)


@pytest.mark.parametrize(
    ("far", "near"),
    [
        pytest.param(silence(len(FAR)), FAR, id="nothing played"),
        pytest.param(FAR, silence(len(FAR)), id="nothing heard"),
        pytest.param(FAR, voice(3.0, first=5), id="only somebody else"),
        pytest.param(fainter(FAR, -50.0), fainter(FAR, -50.0), id="too quiet"),
    ],
)
def test_where_there_is_no_echo_nothing_is_known(far: Samples, near: Samples) -> None:
    meter = metered(far, near)

    assert meter.measure(cancelling=True) == NOTHING
    assert meter.verdict() == NO_ECHO


def test_an_echo_far_under_what_else_is_heard_is_not_measured() -> None:
    near = in_room(EchoRoom(coupling_db=-30.0, noise_dbfs=-33.0), FAR)

    assert metered(FAR, near).measure(cancelling=True) == NOTHING


def test_before_anything_was_heard_nothing_is_known() -> None:
    meter = EchoMeter()

    assert (meter.measure(cancelling=True), meter.verdict()) == (EchoFigures(), NO_ECHO)
    assert not meter.sending


@pytest.mark.parametrize("coupling_db", [-6.0, -20.0, -30.0])
def test_echo_alone_is_told_from_echo_and_somebody(coupling_db: float) -> None:
    alone = in_room(EchoRoom(coupling_db=coupling_db), FAR)
    both = in_room(EchoRoom(coupling_db=coupling_db, user=[(2.9, USER)]), FAR)

    echo, somebody = metered(FAR, alone).verdict(), metered(FAR, both).verdict()

    assert (echo.echo, echo.somebody) == (True, False)
    assert somebody.somebody


@pytest.mark.parametrize("burst_ms", [80, 120, 300])
@pytest.mark.parametrize("coupling_db", [-6.0, -20.0])
def test_the_first_syllable_of_a_reply_is_known_for_an_echo(
    burst_ms: int, coupling_db: float
) -> None:
    """Of a reply that was cut off at once there is no more than that."""
    far = np.concatenate((silence(48_000), FAR[55_200:][: burst_ms * 24], silence(9600)))
    far = far[: len(far) // 480 * 480]

    verdict = metered(far, in_room(EchoRoom(coupling_db=coupling_db), far)).verdict()

    assert (verdict.echo, verdict.somebody) == (True, False)


def test_the_first_word_of_a_reply_is_known_for_an_echo_while_it_sounds() -> None:
    """What was heard last counts like all else."""
    far = np.concatenate((silence(48_000), FAR[:9600]))

    verdict = metered(far, in_room(EchoRoom(coupling_db=-15.0), far)).verdict()

    assert (verdict.echo, verdict.somebody) == (True, False)


def test_it_is_known_whether_anything_was_sent() -> None:
    quiet = fainter(FAR, -40.0)

    assert metered(FAR, FAR, quiet).sending
    assert not metered(FAR, FAR, silence(len(FAR))).sending
