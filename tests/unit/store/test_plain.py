import json
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from app.store.plain import encode, plain


class Word(StrEnum):
    YES = "yes"


class Number(IntEnum):
    TWO = 2


class Odd(Enum):
    PAIR = (1, 2)


@dataclass(frozen=True, slots=True)
class Point:
    x: float | None
    name: Word


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (float("nan"), None),
        (float("inf"), None),
        ("text", "text"),
        (Word.YES, "yes"),
        (Number.TWO, 2),
        (Odd.PAIR, [1, 2]),
        (Point(None, Word.YES), {"x": None, "name": "yes"}),
        (MappingProxyType({1: (2, [3])}), {"1": [2, [3]]}),
        (b"abc", {"bytes": 3}),
        (np.zeros(5, np.int16), {"frames": 5}),
        (np.int16(3), 3),
        (np.array(4.0), 4.0),
        (PurePosixPath("/a"), "/a"),
    ],
)
def test_every_kind_of_value_becomes_json(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_the_text_function_sees_keys_and_values_at_any_depth() -> None:
    hidden = plain({"key": [{"a": "key"}]}, lambda text: text.replace("key", "***"))

    assert hidden == {"***": [{"a": "***"}]}


def test_half_a_surrogate_pair_is_kept_as_an_escape() -> None:
    stored = encode({"a": "\ud800 é \u2028"})

    assert json.loads(stored) == {"a": "\ud800 é \u2028"}
    assert b"\n" not in stored
