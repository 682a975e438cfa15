"""What is kept of a session of which figures alone are kept: no sound, no words, no messages.

An event keeps its name, its instant, its numbers, the words of our own vocabulary
(enumerations) and the ids that tie it to others; every other text is left out, and so are
mappings, which hold what others have sent.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from app.core.records import TurnRecord


def figures_of_event(value: Any) -> Any:
    """Return ``value`` without words; a data class or a mapping becomes a mapping of its parts."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, Mapping):
        parts = {str(name): part for name, part in value.items()}
    else:
        return None
    return {name: kept for name, part in parts.items() if (kept := _kept(name, part)) is not None}


def _kept(name: str, part: Any) -> Any:
    """Return what is kept of one part, or None for nothing."""
    if isinstance(part, Enum | bool | int | float):
        return part
    if isinstance(part, str):
        return part if name.endswith("_id") else None
    return figures_of_event(part) if is_dataclass(part) else None


def figures_of_turn(turn: TurnRecord) -> TurnRecord:
    """Return ``turn`` without what was said, or what the provider said of a failure."""
    return replace(
        turn, ref_text=None, user_transcript=None, agent_transcript=None, error_message=None
    )
