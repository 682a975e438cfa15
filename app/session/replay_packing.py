"""Reports as bytes, while nobody asks for them."""

from collections.abc import Mapping, Sequence
from types import GenericAlias, MappingProxyType
from typing import Any, Final, get_args

import msgspec

from app.core.records import TurnRecord
from app.session.messages import EngineReport, TurnReport

_KINDS: Final[tuple[type[Any], ...]] = get_args(EngineReport)
_PLACES: Final[Mapping[type[Any], int]] = MappingProxyType(
    {kind: place for place, kind in enumerate(_KINDS)}
)
_TURN: Final = _PLACES[TurnReport]
DAMAGE: Final = (msgspec.MsgspecError, LookupError, UnicodeDecodeError, RecursionError)
"""What comes of bytes that are no reports."""
UNPACKABLE: Final = (OverflowError, UnicodeEncodeError, RecursionError)
"""What comes of reports that hold what bytes cannot: somebody else has written the session."""


def _name(place: int) -> str:
    return f"of_{place}"


def _listed(place: int, kind: type[Any]) -> tuple[str, Any, Any]:
    """Return the field that holds all reports of one kind; of turns, their numbers."""
    held = int if place == _TURN else kind
    return _name(place), GenericAlias(list, (held,)), msgspec.field(default_factory=list)


_Packed: Final[type[Any]] = msgspec.defstruct(
    "_Packed",
    [("order", bytes), *(_listed(place, kind) for place, kind in enumerate(_KINDS))],
    omit_defaults=True,
)
"""Reports by their kinds, so that all of a kind are read at once, and the kinds in order."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Packed)


class Packer:
    """Turns reports into bytes and back; a turn becomes its number.

    Args:
        turns: The session's, by their number.
    """

    def __init__(self, turns: Mapping[int, TurnRecord]) -> None:
        self._turns = turns

    def pack(self, reports: Sequence[EngineReport]) -> bytes:
        """Return reports as bytes, in their order.

        Raises:
            One of ``UNPACKABLE``: If they hold what bytes cannot, such as a number of 30 digits.
        """
        order = bytes(_PLACES[type(each)] for each in reports)
        lists: dict[str, list[object]] = {_name(place): [] for place in set(order)}
        for place, report in zip(order, reports, strict=True):
            body = report.record.turn_id if isinstance(report, TurnReport) else report
            lists[_name(place)].append(body)
        return _ENCODER.encode(_Packed(order=order, **lists))

    def unpack(self, data: bytes) -> Sequence[EngineReport]:
        """Return the reports again.

        Raises:
            One of ``DAMAGE``: If these are none.
        """
        packed = _DECODER.decode(data)
        found: dict[int, list[Any]] = {
            place: getattr(packed, _name(place))
            for place in set(packed.order)
            if place < len(_KINDS)
        }
        if _TURN in found:
            found[_TURN] = [TurnReport(record=self._turns[number]) for number in found[_TURN]]
        if any(packed.order.count(place) != len(each) for place, each in found.items()):
            raise LookupError
        reports = {place: iter(each) for place, each in found.items()}
        return [next(reports[place]) for place in packed.order]
