"""What a calibration holds: sessions with a simulator whose every delay is chosen here."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from app.trials.calibrating_stimuli import Stimulus, write_stimulus

SILENCE_MS: Final = 100
DELAYS_MS: Final = (50, 150, 300)
LEADS_MS: Final = (0, 80, 200)
DETECTIONS_MS: Final = (0, 150, 400, None)
"""How long the simulator takes to notice a barge-in; None: it does not while it speaks."""

_FEW: Final = tuple(zip(DELAYS_MS, LEADS_MS, strict=True))
"""Each delay and each lead once, where there is no time for the whole grid."""

NEVER: Final = "never"
STOP_MS: Final = 60
CUE_MS: Final = 300.0
PREMATURE_MS: Final = -200.0
_SHORT_REPLY_MS: Final = 250
_LONG_REPLY_MS: Final = 2800
"""Goes on for more than the 2 s after which an interruption counts as missed."""

_EARLY_REPLY_MS: Final = 500
"""Goes on after the end of the speech that it interrupts."""

_FALSE_END_MS: Final = 155
"""Onset to a false end of turn: in the middle of a 20 ms frame, so that it is 160 ms exactly."""

_FALSE_END_AT_MS: Final = 160
_PREMATURE_LATEST_MS: Final = _FALSE_END_AT_MS + 20


class Check(StrEnum):
    """What is tried."""

    LATENCY = "latency"
    STALLS = "stalls"
    INTERRUPTIONS = "interruptions"
    NO_EVENTS = "no events"
    PREMATURE = "premature"


class Gap(NamedTuple):
    """Waiting in the delivery of a reply: after ``blocks`` of ``block_ms``, for ``gap_ms``."""

    gap_ms: int
    blocks: int
    block_ms: int

    @property
    def prebuffer_ms(self) -> int:
        """The start delay with which it plays without a stall."""
        return self.gap_ms - self.blocks * self.block_ms

    def __str__(self) -> str:
        """Return it for people."""
        return f"gap {self.gap_ms} ms after {self.blocks} x {self.block_ms} ms"


GAPS: Final = (Gap(120, 2, 50), Gap(400, 3, 50), Gap(250, 2, 40), Gap(400, 6, 50))
"""Metrics specification, L9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One utterance, and how the simulator answers it.

    Attributes:
        condition: For people.
        answer: The simulator's settings of this turn.
        cue_ms: So long after the reply before became audible it is said; None: after its end.
    """

    stimulus: Stimulus
    condition: str
    answer: Mapping[str, Any]
    cue_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One session. ``common`` are the simulator's settings that hold for all its turns."""

    check: Check
    exchanges: tuple[Exchange, ...]
    common: Mapping[str, Any] = field(default_factory=dict)

    def settings(self) -> str:
        """Return the simulator's settings as TOML."""
        lines = [f"{name} = {_value(value)}" for name, value in self.common.items()]
        for exchange in self.exchanges:
            lines.append("[[turns]]")
            lines += [f"{name} = {_value(value)}" for name, value in exchange.answer.items()]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How often each check is made, per condition of it; PREMATURE has one condition.

    Without the whole grid of delays and leads (0), each of them has its turns all the same.
    """

    latency: int = 7
    stalls: int = 3
    interruptions: int = 3
    no_events: int = 1
    premature: int = 5


QUICK: Final = Extent(latency=0, stalls=1, interruptions=1, no_events=0, premature=2)


def with_latency_turns(turns: int) -> Extent:
    """Return the usual extent with at least so many turns in the latency table."""
    return Extent(latency=max(-(-turns // (len(DELAYS_MS) * len(LEADS_MS))), 1))


class Planner:
    """Writes the stimuli below ``folder`` and lays out the sessions, each in a random order.

    Args:
        folder: An empty folder.
        seed: The same gives the same sessions.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._random = np.random.default_rng(seed)
        self._written = 0

    def trials(self, extent: Extent) -> tuple[Trial, ...]:
        """Return the sessions.

        Raises:
            OSError: If a stimulus cannot be written.
        """
        return (
            self._latency(extent.latency),
            self._stalls(extent.stalls),
            self._interruptions(extent.interruptions),
            self._no_events(extent.no_events),
            self._premature(extent.premature),
        )

    def _latency(self, each: int) -> Trial:
        exchanges = self._grid(list(_grid()) * each or list(_FEW) * 2)
        return Trial(check=Check.LATENCY, exchanges=exchanges)

    def _no_events(self, each: int) -> Trial:
        exchanges = self._grid(list(_grid()) * each or list(_FEW))
        common = {"turn_events": False, "block_ms": 20}
        return Trial(check=Check.NO_EVENTS, exchanges=exchanges, common=common)

    def _grid(self, conditions: Sequence[tuple[int, int]]) -> tuple[Exchange, ...]:
        return tuple(
            Exchange(
                stimulus=self._stimulus(),
                condition=f"delay {delay_ms} ms, lead {lead_ms} ms",
                answer=_answer(delay_ms, lead_ms),
            )
            for delay_ms, lead_ms in self._shuffled(conditions)
        )

    def _stalls(self, each: int) -> Trial:
        return Trial(
            check=Check.STALLS,
            exchanges=tuple(
                Exchange(
                    stimulus=self._stimulus(),
                    condition=str(gap),
                    answer={
                        **_answer(50, 0),
                        "block_ms": gap.block_ms,
                        "reply_ms": 450,
                        "gaps_ms": {gap.blocks - 1: gap.gap_ms},
                    },
                )
                for gap in self._shuffled(list(GAPS) * each)
            ),
        )

    def _interruptions(self, each: int) -> Trial:
        exchanges: list[Exchange] = []
        for detect_ms in self._shuffled(list(DETECTIONS_MS) * each):
            noticed = "never noticed" if detect_ms is None else f"noticed after {detect_ms} ms"
            told = NEVER if detect_ms is None else detect_ms
            long = {**_answer(50, 0), "reply_ms": _LONG_REPLY_MS, "pace": 1.0, "block_ms": 40}
            long |= {"detect_ms": told, "stop_ms": STOP_MS}
            exchanges += (
                Exchange(stimulus=self._stimulus(), condition=noticed, answer=long),
                Exchange(
                    stimulus=self._stimulus(),
                    condition=noticed,
                    answer=_answer(50, 0),
                    cue_ms=CUE_MS,
                ),
            )
        return Trial(check=Check.INTERRUPTIONS, exchanges=tuple(exchanges))

    def _premature(self, count: int) -> Trial:
        return Trial(
            check=Check.PREMATURE,
            exchanges=tuple(
                _false_end(self._stimulus(_PREMATURE_LATEST_MS - PREMATURE_MS))
                for _ in range(count)
            ),
        )

    def _stimulus(self, least_ms: float = 0.0) -> Stimulus:
        """Return a new stimulus; one that must be long is drawn again until it is."""
        self._written += 1
        path = self._folder / f"{self._written:04d}.wav"
        stimulus = write_stimulus(path, self._random)
        while stimulus.speech_ms < least_ms:
            stimulus = write_stimulus(path, self._random)
        return stimulus

    def _shuffled(self, conditions: Sequence[Any]) -> Iterator[Any]:
        return (conditions[at] for at in self._random.permutation(len(conditions)))


def _grid() -> Iterator[tuple[int, int]]:
    return product(DELAYS_MS, LEADS_MS)


def _answer(delay_ms: float, lead_ms: float) -> dict[str, Any]:
    return {
        "first_token_ms": delay_ms / 2,
        "first_audio_ms": delay_ms,
        "leading_silence_ms": lead_ms,
        "reply_ms": _SHORT_REPLY_MS,
    }


def _false_end(stimulus: Stimulus) -> Exchange:
    delay_ms = stimulus.speech_ms + PREMATURE_MS - _FALSE_END_AT_MS
    return Exchange(
        stimulus=stimulus,
        condition=f"{-PREMATURE_MS:.0f} ms before the end",
        answer={
            **_answer(delay_ms, 0),
            "premature_ms": _FALSE_END_MS,
            "reply_ms": _EARLY_REPLY_MS,
        },
    )


def _value(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)
