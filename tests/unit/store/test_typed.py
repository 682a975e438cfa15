"""Typed messages are found in a journal."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.store import typed
from app.store.layout import EVENTS_FILE
from app.store.typed import typed_messages

GOOD = '{"t_ns":9,"event":"TextSent","fields":{"at_ns":5,"text":"one"}}'
LINES = (
    GOOD,
    '{"t_ns":9,"event":"TextSent","fields":{"at_ns":3,"text":"zero \\u2728"}}',
    '{"t_ns":9,"event":"TextSent","fields":{"at_ns":7}}',
    '{"t_ns":9,"event":"ResponseText","fields":{"at_ns":8,"text":"\\"TextSent\\""}}',
    '{"t_ns":9,"event":"Other","fields":{"at_ns":8,"text":"TextSent","of":"TextSent"}}',
    '{"t_ns":9,"event":"TextSent","fields":{"at_ns":"soon","text":"no"}}',
    '{"t_ns":9,"event":"TextSent"',
    '{"t_ns":9,">":"TextSent"}',
    f'{{"t_ns":9,"event":"TextSent","fields":{{"at_ns":{10**400},"text":"never"}}}}',
)


def written(folder: Path, *lines: str) -> Path:
    (folder / EVENTS_FILE).write_text("\n".join(lines), "utf-8")
    return folder


def test_they_come_in_order_of_time_and_what_is_damaged_is_passed_over(tmp_path: Path) -> None:
    assert typed_messages(written(tmp_path, *LINES)) == ((3, "zero \u2728"), (5, "one"), (7, ""))


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed, "LONGEST_LINE", 100)
    long = GOOD.replace("one", "1" * 250)

    assert typed_messages(written(tmp_path, long, GOOD)) == ((5, "one"),)


def test_no_more_than_so_many_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed, "MOST", 2)

    assert len(typed_messages(written(tmp_path, GOOD, GOOD, GOOD))) == 2


def test_without_a_journal_there_are_none(tmp_path: Path) -> None:
    assert typed_messages(tmp_path) == ()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_journal_that_cannot_be_read_is_told(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / EVENTS_FILE)

    with pytest.raises(StoreError, match=r"events\.jsonl cannot be read"):
        typed_messages(tmp_path)
