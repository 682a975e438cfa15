"""Turns as Hypothesis makes them: any column with any value that it may have."""

import types
from dataclasses import fields
from enum import Enum
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from app.core.events import TokenUsage
from app.core.records import TurnRecord, TurnStatus
from app.core.rows import USAGE_COLUMNS

MOST_FILLED = 12
_LARGEST = 2**63 - 1
_VALUES: dict[type, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-_LARGEST, _LARGEST),
    float: st.floats(-(2.0**63), 2.0**63),
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    TokenUsage: st.builds(
        TokenUsage, **{name: st.integers(0, 10**9) for name in USAGE_COLUMNS.values()}
    ),
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) in {types.UnionType, Union}:
        (known,) = (each for each in get_args(hint) if each is not type(None))
        return st.none() | _values(known)
    if isinstance(hint, NewType):
        return _values(hint.__supertype__)
    return st.sampled_from(hint) if issubclass(hint, Enum) else _VALUES[hint]


_HINTS = get_type_hints(TurnRecord)

_COLUMNS = {
    field.name: _values(_HINTS[field.name])
    for field in fields(TurnRecord)
    if field.name not in {"turn_id", "status"}
}


@st.composite
def _turns(draw: st.DrawFn) -> TurnRecord:
    """A record with a handful of columns that hold something: drawing all takes half a second."""
    names = draw(st.lists(st.sampled_from(sorted(_COLUMNS)), max_size=MOST_FILLED, unique=True))
    return TurnRecord(
        turn_id=draw(_VALUES[int]),
        status=draw(st.sampled_from(TurnStatus)),
        **{name: draw(_COLUMNS[name]) for name in names},
    )


any_turn = _turns()
"""Records with any column filled by any value that it may have."""
