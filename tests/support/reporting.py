"""Sessions and pages for tests of reports: turns whose every figure is known, and what reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

from app.bootstrap.report_figures import report_figures
from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.core.errors import StoreError
from app.core.ports import PriceBook, StoredSession
from app.core.records import SessionRecord, TurnRecord, TurnStatus
from app.exports.job import ExportJob
from tests.support.recording import T0_NS, session_record

TURN_S = 3.0


def at(seconds: float) -> Nanoseconds:
    return Nanoseconds(T0_NS + round(seconds * 1e9))


def turn(turn_id: int = 1, v2v_ms: float = 600.0, **changed: Any) -> TurnRecord:
    """Return an answered turn: 0.5 s of the user, then 1 s of the model, every three seconds."""
    began = (turn_id - 1) * TURN_S + 0.5
    told = {
        "turn_id": turn_id,
        "status": TurnStatus.OK,
        "is_first_turn": turn_id == 1,
        "u_on_ns": at(began),
        "u_off_ns": at(began + 0.5),
        "audible_ns": at(began + 0.5 + v2v_ms / 1000),
        "audible_end_ns": at(began + 1.5 + v2v_ms / 1000),
        "v2v_ms": v2v_ms,
        "tx_wait_ms": 10.0,
        "endpointing_ms": v2v_ms - 210,
        "server_response_ms": 200.0,
        "user_transcript": f"question {turn_id}",
        "agent_transcript": f"answer {turn_id}",
    }
    return TurnRecord(**{**told, **changed})


def session(
    turns: Sequence[TurnRecord] = (),
    *,
    folder: Path = Path("/nowhere/session"),
    odd: tuple[str, ...] = (),
    **changed: Any,
) -> StoredSession:
    record: SessionRecord = replace(session_record(state="complete", turns_n=len(turns)), **changed)
    return StoredSession(folder=folder, record=record, turns=tuple(turns), odd=odd)


@dataclass
class Reader:
    """A ``SessionReader`` whose sessions last ``seconds``; None has no sound."""

    seconds: float | None = None
    asked: list[tuple[float, float | None]] = field(default_factory=list)

    def audio(
        self, folder: Path, start_ms: float = 0.0, end_ms: float | None = None
    ) -> tuple[Samples, Samples]:
        self.asked.append((start_ms, end_ms))
        if self.seconds is None:
            raise StoreError(f"{folder} holds no recording.")
        last = self.seconds * 1000 if end_ms is None else min(end_ms, self.seconds * 1000)
        frames = round(max(last - start_ms, 0) * SESSION_RATE_HZ / 1000)
        wave = (np.sin(np.arange(frames) * 0.1) * 8_000).astype(np.int16)
        return wave, wave

    def read(self, folder: Path) -> StoredSession:
        raise NotImplementedError

    def folders(self, root: str | None) -> Sequence[Path]:
        raise NotImplementedError

    def find(self, name: str, root: str | None) -> Path:
        raise NotImplementedError


def job(
    out: Path,
    *sessions: StoredSession,
    reader: Reader | None = None,
    prices: PriceBook | None = None,
    **changed: Any,
) -> ExportJob:
    made = ExportJob(
        sessions=sessions,
        reader=reader or Reader(),
        out=out,
        made_utc="2026-11-21T12:00:00+00:00",
        app_version="0.1.0",
        prices=prices,
        figures=report_figures(sessions, prices),
    )
    return replace(made, **changed)


class Page(HTMLParser):
    """A page taken apart: elements with their attributes, ids, and the text that is shown."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self._open: list[str] = []
        self._texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in {"script", "style"}:
            self.raw[self._open[-1]] = data
        else:
            self._texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def classed(self, cls: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for _, attributes in self.elements
            if cls in (attributes.get("class") or "").split()
        ]
