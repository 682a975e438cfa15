"""What a session is billed for, apart from its turns: enough to price it again by any table.

The library keeps it as a text beside what it shows of a session, so that another table of prices
is applied without reading a folder. Pure.

Source: metrics specification, section 11.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.money import Meter
from app.core.records import SessionRecord, TurnRecord
from app.metrics.biller import biller_of
from app.metrics.meters import TRANSCRIPTION, meters, session_meters, token_meters


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What was used, of whom, and when.

    Attributes:
        provider: As price tables name it; ``model`` too, None where nobody says.
        on: ISO date of the session; its prices hold.
        ours: It is our own engine, all of it local, which nobody bills.
        scribed: Whether the user's words were to be written down, by the model ``scribe``.
        meters: Raw, of the whole session.
        untold: The tokens of some turn are not told, or not all of them.
        unwritten: Some words of the user were written down and nobody says what that used.
    """

    provider: str
    model: str | None
    on: str
    ours: bool
    scribed: bool
    scribe: str | None
    meters: Mapping[Meter, float]
    untold: bool
    unwritten: bool


def billed(turns: Sequence[TurnRecord], record: SessionRecord) -> Billed:
    """Return what a session is billed for."""
    who = biller_of(record)
    return Billed(
        provider=who.provider,
        model=who.model,
        on=record.t0_utc[:10],
        ours=who.ours,
        scribed=record.settings.transcribe_input and not who.words_only,
        scribe=record.settings.transcription_model,
        meters=who.of(session_meters(turns, record)),
        untold=any(map(is_untold, turns)),
        unwritten=any(map(is_unwritten, turns)),
    )


def is_untold(turn: TurnRecord) -> bool:
    """Whether tokens of a turn were billed that nobody told, as far as anybody can see."""
    if turn.usage is not None:
        return not token_meters(turn.usage).whole
    signs = (turn.decided_ns, turn.create_ns, turn.tok1_ns, turn.done_ns)
    return any(at_ns is not None for at_ns in signs)


def is_unwritten(turn: TurnRecord) -> bool:
    """Whether the user's words were written down and nobody told what that used."""
    return turn.user_final_ns is not None and not TRANSCRIPTION & meters(turn).keys()


def to_text(told: Billed) -> str:
    """Return it as JSON; every number comes back as it was."""
    return json.dumps({
        "provider": told.provider,
        "model": told.model,
        "on": told.on,
        "ours": told.ours,
        "scribed": told.scribed,
        "scribe": told.scribe,
        "meters": dict(told.meters),
        "untold": told.untold,
        "unwritten": told.unwritten,
    })  # fmt: skip


def from_text(text: str) -> Billed:
    """Return what ``to_text`` was given.

    Raises:
        ValueError: If the text is of something else.
    """
    values: Any = json.loads(text)
    try:
        used = {Meter(name): float(value) for name, value in values.pop("meters").items()}
        return Billed(**values, meters=used)
    except (AttributeError, KeyError, TypeError) as exc:
        raise ValueError("that is not what a session is billed for") from exc
