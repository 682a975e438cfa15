"""Sessions of several models held in turns, so that no slow drift looks like a difference.

Source: metrics specification, rule 7 and 9.2: ABBA, the same stimuli, the same hour.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from app.core.errors import ConfigError
from app.session.messages import JobReport, StartSession
from app.session.parts import SessionOutcome

FAILURES_IN_A_ROW: Final = 3
"""So many failed sessions of one model end the run."""

MOST_ROUNDS: Final = 1000

HoldSession: TypeAlias = Callable[[StartSession], Awaitable[SessionOutcome]]
"""Holds a session to its end. Cancelling it ends the session and closes its recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A model of the run: its name for people and what its sessions are like."""

    name: str
    start: StartSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One session of the run.

    Attributes:
        order_idx: Its place in the run, from 0.
        round_idx: Its round, from 0: each model has one session in each.
        contestant: Index of the model.
        folder: Its recording, or None if it never got one.
        cold: Whether its connection was the first of this process to that host; None if none.
        failed_turns: Turns that failed in it.
        problem: Why it failed, or "".
    """

    order_idx: int
    round_idx: int
    contestant: int
    folder: Path | None
    cold: bool | None
    failed_turns: int = 0
    problem: str = ""


def order_of(sides: int, round_idx: int) -> tuple[int, ...]:
    """Return in which order a round of ``sides`` models goes.

    Each round begins with the next model; every other cycle is reversed. So two models go
    AB BA BA AB, and every model is as often early as late.

    Raises:
        ValueError: If there are fewer than two models.
    """
    if sides < 2:  # noqa: PLR2004 - what is alone is compared with nothing
        raise ValueError(f"{sides} models cannot take turns")
    cycle, shift = divmod(round_idx, sides)
    order = tuple((shift + place) % sides for place in range(sides))
    return order[::-1] if cycle % 2 else order


class InterleavedRun:
    """Holds the sessions of a run, one after the other. All calls on one loop.

    Args:
        contestants: At least two; all hear the same input.
        rounds: Sessions of each.
        hold: Holds one session.
        run_id: Names the run in each session's record.
        tell: Gets how far it is, before each session.

    Attributes:
        blocks: The sessions held so far, also after ``run`` was cancelled.
        ended_early: Why it did not go on to its last round, or "".

    Raises:
        ConfigError: If there are fewer than two models or no round, or their input differs.
    """

    def __init__(
        self,
        contestants: Sequence[Contestant],
        rounds: int,
        *,
        hold: HoldSession,
        run_id: str,
        tell: Callable[[JobReport], None],
    ) -> None:
        _check(contestants, rounds)
        self._contestants = tuple(contestants)
        self._rounds = rounds
        self._hold = hold
        self._run_id = run_id
        self._tell = tell
        self._failures = [0] * len(contestants)
        self._stopped = ""
        self.blocks: list[Block] = []
        self.ended_early = ""

    def stop(self, reason: str) -> None:
        """Begin no further session; the one under way is its holder's to end."""
        self._stopped = self._stopped or reason

    async def run(self) -> tuple[Block, ...]:
        """Hold all sessions; return them. A failed one is noted and the run goes on.

        Cancelling it cancels the session under way and begins no other.
        """
        plan = [
            (round_idx, contestant)
            for round_idx in range(self._rounds)
            for contestant in order_of(len(self._contestants), round_idx)
        ]
        for order_idx, (round_idx, contestant) in enumerate(plan):
            self.ended_early = self._stopped or self._given_up()
            if self.ended_early:
                break
            name = self._contestants[contestant].name
            words = f"round {round_idx + 1} of {self._rounds}: {name}"
            self._tell(JobReport(done=order_idx, total=len(plan), words=words))
            await self._block(order_idx, round_idx, contestant)
        else:
            self._tell(JobReport(done=len(plan), total=len(plan), words="all sessions are held"))
        return tuple(self.blocks)

    def folders(self, contestant: int) -> tuple[Path, ...]:
        """Return the recordings of a model, in order."""
        return tuple(
            block.folder
            for block in self.blocks
            if block.contestant == contestant and block.folder is not None
        )

    async def _block(self, order_idx: int, round_idx: int, contestant: int) -> None:
        start = replace(
            self._contestants[contestant].start, run_id=self._run_id, order_idx=order_idx
        )
        outcome = await self._hold(start)
        record = outcome.record
        connect = record.connect if record else None
        problem = outcome.problem.sentence if outcome.problem else ""
        self._failures[contestant] = self._failures[contestant] + 1 if problem else 0
        self.blocks.append(
            Block(
                order_idx=order_idx,
                round_idx=round_idx,
                contestant=contestant,
                folder=outcome.folder,
                cold=connect.cold if connect else None,
                failed_turns=record.failed_n if record else 0,
                problem=problem,
            )
        )

    def _given_up(self) -> str:
        for contestant, failures in zip(self._contestants, self._failures, strict=True):
            if failures >= FAILURES_IN_A_ROW:
                return f"{contestant.name} failed {failures} times in a row."
        return ""


def _check(contestants: Sequence[Contestant], rounds: int) -> None:
    if len(contestants) < 2:  # noqa: PLR2004 - what is alone is compared with nothing
        raise ConfigError("A comparison needs at least two models.", hint="Name each with --model.")
    if not 0 < rounds <= MOST_ROUNDS:
        raise ConfigError(f"The number of rounds must be from 1 to {MOST_ROUNDS}.")
    if any(each.start.input != contestants[0].start.input for each in contestants):
        raise ConfigError(
            "The models of a comparison must hear the same.", hint="Give all the same input."
        )
