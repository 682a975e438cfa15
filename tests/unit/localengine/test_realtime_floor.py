"""A user who speaks into a reply: when the simulator notices, and when it stops."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.serving import SimulatorSettings
from app.localengine.ports import Yielding
from app.localengine.realtime_floor import Floor
from tests.support.clocks import run_virtual
from tests.support.simulating import Simulated, simulate, user

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
ONSET_MS = 920
"""When the frame with the onset of the second utterance has arrived."""

BARGE_IN = user((200, 100), (300, 600))
"""Speech at 100 to 300 ms, settled at 420; and again at 900 to 1200 ms, settled at 1320."""


def settings(**changes: Any) -> SimulatorSettings:
    table: dict[str, Any] = {
        "first_token_ms": 50,
        "first_audio_ms": 100,
        "reply_ms": 2000,
        "pace": 1.0,
        "block_ms": 40,
        "replies": ["One two."],
    }
    return SimulatorSettings.parse(table | changes)


def done(session: Simulated) -> list[tuple[float, str, str | None]]:
    """When each reply was done, with its status and the reason."""
    ends = [(one.at_ms, one.event["response"]) for one in session.came if one.kind.endswith("done")
            and "response" in one.event]  # fmt: skip
    return [
        (at_ms, end["status"], (end["status_details"] or {}).get("reason")) for at_ms, end in ends
    ]


def test_by_itself_it_notices_with_the_onset_and_stops_at_once(tmp_path: Path) -> None:
    session = simulate(settings(), BARGE_IN, folder=tmp_path)

    assert session.at_ms(STARTED) == [120, ONSET_MS]
    assert done(session)[0] == (ONSET_MS, "cancelled", "turn_detected")
    assert session.logged_ms("onset") == [(1, ONSET_MS, ONSET_MS)]
    assert session.logged_ms("detected") == [(1, ONSET_MS, ONSET_MS)]
    assert session.logged_ms("stopped") == [(1, ONSET_MS, ONSET_MS)]


@pytest.mark.parametrize("detect_ms", [150, 250, 333])
def test_it_notices_so_long_after_the_onset(detect_ms: int, tmp_path: Path) -> None:
    session = simulate(settings(detect_ms=detect_ms), BARGE_IN, folder=tmp_path)

    due_ms = ONSET_MS + detect_ms
    assert session.at_ms(STARTED) == [120, due_ms]
    assert done(session)[0] == (due_ms, "cancelled", "turn_detected")
    assert session.logged_ms("detected") == [(1, due_ms, due_ms)]


def test_the_reply_goes_on_until_it_stops(tmp_path: Path) -> None:
    session = simulate(settings(detect_ms=150, stop_ms=60), BARGE_IN, folder=tmp_path)

    audio_ms = session.at_ms("response.output_audio.delta")
    assert session.at_ms(STARTED)[1] == ONSET_MS + 150
    assert done(session)[0] == (ONSET_MS + 210, "cancelled", "turn_detected")
    assert next(at for at in audio_ms if at > ONSET_MS + 150) <= ONSET_MS + 210
    assert not [at for at in audio_ms if ONSET_MS + 210 < at < 1320]
    assert session.logged_ms("stopped") == [(1, ONSET_MS + 210, ONSET_MS + 210)]


def test_what_was_said_before_it_noticed_is_heard_nevertheless() -> None:
    """The utterance is over, at 1320 ms, long before anybody takes note of it."""
    session = simulate(settings(detect_ms=700), BARGE_IN)

    assert session.at_ms(STARTED)[1] == ONSET_MS + 700
    assert session.at_ms(STOPPED)[1] == ONSET_MS + 700
    assert done(session)[0][1:] == ("cancelled", "turn_detected")
    assert session.at_ms("response.created")[1] == ONSET_MS + 700


def test_a_turn_that_ended_while_the_reply_went_on_is_answered_when_it_stops() -> None:
    session = simulate(settings(stop_ms=600), BARGE_IN)

    assert session.at_ms(STOPPED)[1] == 1320
    assert done(session)[0] == (ONSET_MS + 600, "cancelled", "turn_detected")
    assert session.at_ms("response.created")[1] == ONSET_MS + 600


def test_never_means_after_the_reply(tmp_path: Path) -> None:
    session = simulate(settings(detect_ms="never"), BARGE_IN, then_s=5.0, folder=tmp_path)

    reply_over_ms = 420 + 100 + 2000
    assert done(session)[0][1:] == ("completed", None)
    assert len(session.at_ms(STARTED)) == 2
    assert reply_over_ms + 200 <= session.at_ms(STARTED)[1] <= reply_over_ms + 240
    assert [status for _, status, _ in done(session)] == ["completed", "completed"]
    ((turn, due_ms, at_ms),) = session.logged_ms("detected")
    assert (turn, due_ms) == (1, at_ms)


def test_speech_before_or_after_a_reply_is_noticed_at_once() -> None:
    slow = settings(detect_ms=400, reply_ms=200)

    session = simulate(slow, user((200, 100), (100, 800)))

    assert session.at_ms(STARTED) == [120, 1120]


def test_a_reply_that_was_sent_at_once_sounds_as_long_as_it_is() -> None:
    """All 2 s of it were sent at 520 ms, and it is done; its player goes on to 2520 ms."""
    fast = settings(detect_ms=150)
    at_once = SimulatorSettings.parse(
        {"first_audio_ms": 100, "first_token_ms": 50, "reply_ms": 2000, "detect_ms": 150}
    )

    session = simulate(at_once, BARGE_IN)

    assert fast.detect_ms == at_once.detect_ms
    assert done(session)[0][1] == "completed"
    assert session.at_ms(STARTED)[1] == ONSET_MS + 150


def test_a_client_that_wants_no_interruption_gets_none() -> None:
    update = {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "audio": {
                "input": {
                    "turn_detection": {
                        "type": "server_vad",
                        "silence_duration_ms": 100,
                        "interrupt_response": False,
                    }
                }
            },
        },
    }

    session = simulate(settings(detect_ms=150, stop_ms=20), BARGE_IN, before=[update], then_s=4)

    assert session.at_ms(STARTED)[1] == ONSET_MS + 150
    assert [status for _, status, _ in done(session)] == ["completed", "completed"]


def test_what_the_client_clears_is_not_noticed_later() -> None:
    clear = {"type": "input_audio_buffer.clear"}

    session = simulate(settings(detect_ms="never"), BARGE_IN, then_s=3.0, meanwhile={1400: clear})

    assert len(session.at_ms(STARTED)) == 1


def test_each_turn_has_its_own_manners() -> None:
    own = settings(turns=[{"detect_ms": 150}, {"detect_ms": 0, "reply_ms": 3000}], reply_ms=2000)
    twice = user((200, 100), (300, 600), (300, 700))

    session = simulate(own, twice, then_s=1.0)

    assert session.at_ms(STARTED) == [120, ONSET_MS + 150, 1920]


# --- a loop that is late -------------------------------------------------------------------------


class LateClock:
    """Every look at it takes 7 ms."""

    def __init__(self) -> None:
        self._looks = 0

    def now_ns(self) -> Nanoseconds:
        self._looks += 1
        now_s = asyncio.get_running_loop().time() + self._looks * 0.007
        return Nanoseconds(round(now_s * 1e9))


class Talker:
    """A first reply that goes on for ever."""

    sounding = 1

    def __init__(self) -> None:
        self.stopped: list[int | None] = []

    def sounds_for_ms(self) -> float | None:
        return 0.0

    def interrupt(self) -> None:
        self.stopped.append(None)

    def give_way(self, turn: int) -> None:
        self.stopped.append(turn)


class Notes:
    """Notices after 150 ms and stops after 60, and writes it down."""

    def __init__(self) -> None:
        self.due_ms: dict[str, float] = {}

    def yielding(self, turn: int) -> Yielding:
        del turn
        return Yielding(detect_ms=150.0, stop_ms=60.0)

    def note(self, event: str, turn: int, nominal_ns: Nanoseconds, sent_ns: Nanoseconds) -> None:
        assert sent_ns > nominal_ns
        assert turn == 1
        self.due_ms[event] = nominal_ns / 1e6


def test_deadlines_count_from_the_onset_and_lateness_does_not_add_up() -> None:
    notes, talker = Notes(), Talker()

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            floor = Floor(
                manners=notes,
                replies=talker,
                tasks=tasks,
                clock=LateClock(),
                release=lambda _: floor.noticed(interrupts=True),
            )
            assert not floor.notice(Nanoseconds(0))

    run_virtual(main())

    assert notes.due_ms == {"onset": 0.0, "detected": 150.0, "stopped": 210.0}
    assert talker.stopped == [1]
