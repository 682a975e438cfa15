"""Recorded sessions of many hours: one turn is written by the recorder, then repeated."""

import re
from pathlib import Path
from typing import Final

from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TURNS_FILE
from app.store.wav import DATA_OFFSET, wav_header
from tests.support.scores import TURN_S, write_score

_ONCE: Final = 2
"""Lines before the first turn."""
_NUMBERS: Final = re.compile(
    rb'(?P<at>\b1\d{12}\b)|(?P<id>(?<="[rau])1(?="))|(?<=Question )1(?=\.)|(?<=Answer )1(?=\.)'
    rb'|(?<="turn_id":)1(?=\D)'
)


class Mould:
    """Bytes of the first turn, for every later one: its instants and its number."""

    def __init__(self, first: bytes) -> None:
        self._shifts: list[int | None] = []
        self._format = _NUMBERS.sub(self._place, first.replace(b"%", b"%%"))

    def _place(self, found: "re.Match[bytes]") -> bytes:
        self._shifts.append(int(found["at"]) if found["at"] else None)
        return b"%d"

    def turn(self, number: int) -> bytes:
        """Return the bytes of this turn; they are counted from 1."""
        later = round((number - 1) * TURN_S * 1e9)
        return self._format % tuple(
            number if shift is None else shift + later for shift in self._shifts
        )


def write_long(folder: Path, turns_n: int, *, pieces: int, wire: int) -> Path:
    """Write what ``write_score`` would, in a fraction of the time."""
    write_score(folder, 1, pieces=pieces, wire=wire)
    _repeat(folder / EVENTS_FILE, turns_n, _ONCE)
    _repeat_rows(folder / TURNS_FILE, turns_n)
    account = (folder / SESSION_FILE).read_text("utf-8")
    for name, value in (("turns_n", turns_n), ("frames", turns_n * round(TURN_S * 24_000))):
        account = re.sub(rf'("{name}": )\d+', rf"\g<1>{value}", account)
    (folder / SESSION_FILE).write_text(account, "utf-8")
    sound = (folder / AUDIO_FILE).read_bytes()[DATA_OFFSET:]
    with (folder / AUDIO_FILE).open("wb") as file:
        file.write(wav_header(len(sound) // 4 * turns_n))
        for _ in range(turns_n):
            file.write(sound)
    return folder


def _repeat(path: Path, turns_n: int, once: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    mould = Mould(b"".join(lines[once:]))
    with path.open("wb") as file:
        file.writelines(lines[:once])
        file.writelines(mould.turn(number) for number in range(1, turns_n + 1))


def _repeat_rows(path: Path, turns_n: int) -> None:
    header, row = path.read_bytes().splitlines(keepends=True)[:2]
    column = header.decode("utf-8-sig").rstrip().split(",").index("turn_id")
    cells = row.split(b",")
    cells[column] = b'"turn_id":1"'
    mould = Mould(b",".join(cells))
    with path.open("wb") as file:
        file.write(header)
        for number in range(1, turns_n + 1):
            file.write(mould.turn(number).replace(b'"turn_id":', b"").replace(b'"', b""))
