"""Sessions as they are read back, made up: each with the latencies a test wants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.audio_format import Samples
from app.core.config import Target
from app.core.errors import StoreError
from app.core.ports.store import StoredSession
from app.core.turn_record import TurnRecord, TurnStatus
from tests.support.recording import session_record


def turn(turn_id: int = 2, v2v_ms: float | None = None, **more: Any) -> TurnRecord:
    """A turn on "q.wav" that is not the first."""
    given = {"input_name": "q.wav", "status": TurnStatus.OK, "v2v_ms": v2v_ms, **more}
    return TurnRecord(turn_id=turn_id, **given)


def failed(turn_id: int = 2, **more: Any) -> TurnRecord:
    return turn(turn_id, **{"status": TurnStatus.TIMEOUT, **more})


def session(
    model: str | None, *turns: TurnRecord, minute: int = 0, odd: Sequence[str] = (), **more: Any
) -> StoredSession:
    """A session of ``model`` that began ``minute`` minutes after ten."""
    record = session_record(state="complete", turns_n=len(turns))
    target: Target = replace(record.target, model=model)
    began = f"2026-11-21T{10 + minute // 60:02}:{minute % 60:02}:00.000+00:00"
    changed = {"target": target, "t0_utc": began, "session_id": f"{model}-{minute}", **more}
    return StoredSession(
        folder=Path(f"/sessions/{model}-{minute}"),
        record=replace(record, **changed),
        turns=turns,
        odd=tuple(odd),
    )


def latencies(values: Sequence[float]) -> tuple[TurnRecord, ...]:
    """Turns 2, 3 and so on, each with one voice-to-voice latency."""
    return tuple(turn(number, value) for number, value in enumerate(values, 2))


def interleaved(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]
) -> tuple[list[StoredSession], list[StoredSession]]:
    """Sessions "a" and "b" held ABBA, with these latencies."""
    sides: tuple[list[StoredSession], list[StoredSession]] = ([], [])
    for index, both in enumerate(zip(first, second, strict=True)):
        for side, (model, values) in enumerate(zip("ab", both, strict=True)):
            minute = 2 * index + (side if index % 2 == 0 else 1 - side)
            sides[side].append(session(model, *latencies(values), minute=minute))
    return sides


class MemoryReader:
    """A reader of sessions that are held in memory. Implements ``SessionReader``."""

    def __init__(
        self, *sessions: StoredSession, roots: Mapping[str, Sequence[Path]] | None = None
    ) -> None:
        self._sessions = {each.folder: each for each in sessions}
        self._roots = roots or {}
        self.read_folders: list[Path] = []

    def read(self, folder: Path) -> StoredSession:
        self.read_folders.append(folder)
        if folder not in self._sessions:
            raise StoreError(f"{folder} holds no session")
        return self._sessions[folder]

    def audio(
        self, folder: Path, start_ms: float = 0.0, end_ms: float | None = None
    ) -> tuple[Samples, Samples]:
        raise StoreError("no recording")

    def folders(self, root: str | None) -> Sequence[Path]:
        if root is None:
            return list(self._sessions)
        if root not in self._roots:
            raise StoreError(f"{root} cannot be read")
        return self._roots[root]
