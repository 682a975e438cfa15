import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.errors import ConfigError
from app.core.serving import Fault, SimulatorSettings
from app.localengine.ports import ReplyAudio, ReplyRequest, ReplyText
from app.localengine.simulator import Simulator
from tests.support.clocks import run_virtual
from tests.support.speech_engine import LoopClock

EXACT = SimulatorSettings(
    first_token_ms=100,
    first_audio_ms=250,
    tokens_per_s=20,
    replies=("one two three",),
    reply_ms=200,
    block_ms=100,
    pace=1.0,
)


def asked(at_ms: float | None = None) -> ReplyRequest:
    ns = None if at_ms is None else Nanoseconds(round(at_ms * 1e6))
    return ReplyRequest(messages=(), asked_ns=ns)


async def timed(simulator: Simulator, request: ReplyRequest) -> list[tuple[str, int]]:
    loop = asyncio.get_running_loop()
    return [
        (type(piece).__name__, round(loop.time() * 1000))
        async for piece in simulator.reply(request)
    ]


EXPECTED = [
    (ReplyText.__name__, 100),
    (ReplyText.__name__, 150),
    (ReplyText.__name__, 200),
    (ReplyAudio.__name__, 250),
    (ReplyAudio.__name__, 350),
]


def test_every_piece_comes_at_its_time() -> None:
    async def main() -> list[tuple[str, int]]:
        return await timed(Simulator(EXACT, LoopClock()), asked(0))

    assert run_virtual(main()) == EXPECTED


def test_times_count_from_the_cause_and_not_from_the_call() -> None:
    async def main() -> list[tuple[str, int]]:
        await asyncio.sleep(0.09)
        return await timed(Simulator(EXACT, LoopClock()), asked(0))

    assert run_virtual(main()) == EXPECTED


def test_a_client_that_was_slow_once_does_not_make_later_pieces_late() -> None:
    async def main() -> list[int]:
        seen = []
        async for _ in Simulator(EXACT, LoopClock()).reply(asked()):
            seen.append(round(asyncio.get_running_loop().time() * 1000))
            if len(seen) == 1:
                await asyncio.sleep(0.12)
        return seen

    assert run_virtual(main()) == [100, 220, 220, 250, 350]


def test_a_reply_that_never_ends_can_be_stopped() -> None:
    async def main() -> int:
        settings = SimulatorSettings(faults={1: Fault.UNFINISHED}, replies=("one two",))
        pieces = Simulator(settings, LoopClock()).reply(asked(0))
        seen = 0
        try:
            async with asyncio.timeout(1000):
                async for _ in pieces:
                    seen += 1
        except TimeoutError:
            return seen
        raise AssertionError("it ended")

    assert run_virtual(main()) > 0


def test_the_log_has_the_nominal_and_the_actual_instant_of_each_send(tmp_path: Path) -> None:
    log = tmp_path / "sends.jsonl"

    async def main() -> None:
        simulator = Simulator(SimulatorSettings(log=log, replies=("one",)), LoopClock())
        await timed(simulator, asked(0))
        await simulator.close()
        await simulator.close()

    run_virtual(main())

    rows: list[dict[str, Any]] = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["event"] for row in rows] == ["asked", "token", "audio", "audio", "audio", "audio"]
    assert [row["index"] for row in rows] == [0, 0, 0, 1, 2, 3]
    assert rows[1]["nominal_ns"] == 120_000_000
    assert all(0 <= row["sent_ns"] - row["nominal_ns"] < 1000 for row in rows)
    assert rows[2]["frames"] == 2400


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write the simulator's log"):
        Simulator(SimulatorSettings(log=tmp_path), LoopClock())


def test_transcripts_take_turns() -> None:
    async def main() -> list[str]:
        settings = SimulatorSettings(transcripts=("first one", "second"))
        simulator = Simulator(settings, LoopClock())
        return [await simulator.listen(lambda _: None).finish() for _ in range(3)]

    assert run_virtual(main()) == ["first one", "second", "first one"]


def test_tokens_are_four_letters_and_names_are_told() -> None:
    simulator = Simulator(SimulatorSettings(), LoopClock())

    assert simulator.count_tokens("") == 0
    assert simulator.count_tokens("hello") == 2
    assert simulator.model == "vivavoce-simulator"
    assert list(simulator.voices) == ["simulated"]
