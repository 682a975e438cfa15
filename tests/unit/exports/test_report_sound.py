import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.core.errors import StoreError
from app.exports.report_sound import RATE_HZ, SoundOf, Stretch, mixed, mp3, within_budget
from tests.support.reporting import Reader


def stretches(*seconds: float) -> list[Stretch]:
    return [Stretch(place, 0.0, each) for place, each in enumerate(seconds, 1)]


@pytest.mark.parametrize(
    ("sessions", "megabytes", "kept"),
    [
        ([[10] * 3, [10] * 3], 10, [3, 3]),
        ([[10] * 100, [10] * 3], 0.5, [6, 3]),
        ([[10] * 100, [10] * 100], 0.5, [4, 5]),
        ([[10] * 3], 0, [0]),
        ([[], [10]], 1, [0, 1]),
        ([[100, 1]], 0.01, [0]),
    ],
    ids=["all fit", "the longest gives", "even parts", "none", "without turns", "in order"],
)
def test_short_sessions_keep_their_sound_and_the_longest_their_first_turns(
    sessions: list[list[float]], megabytes: float, kept: list[int]
) -> None:
    given = [stretches(*each) for each in sessions]

    found = within_budget(given, round(megabytes * 1e6))

    assert [len(each) for each in found] == kept
    assert all(list(some) == all_of[: len(some)] for some, all_of in zip(found, given, strict=True))
    assert sum(each.bytes_n for some in found for each in some) <= megabytes * 1e6


def test_a_stretch_takes_about_what_it_is_counted_with() -> None:
    file = mp3((np.sin(np.arange(240_000) * 0.05) * 9_000).astype(np.int16))

    assert len(file) * 4 / 3 == pytest.approx(stretches(10)[0].bytes_n, rel=0.05)
    with soundfile.SoundFile(io.BytesIO(file)) as sound:
        assert (sound.format, sound.channels, sound.samplerate) == ("MP3", 1, RATE_HZ)
        assert sound.frames / RATE_HZ == pytest.approx(10, abs=0.2)


def test_both_sides_are_heard_without_overflow() -> None:
    loud, quiet = np.full(3, 30_000, np.int16), np.array([10_000, -10_000, 0], np.int16)

    assert mixed(loud, quiet).tolist() == [32_767, 20_000, 30_000]


def test_only_what_is_kept_is_read_and_what_cannot_be_is_counted() -> None:
    folder, steps = Path("a"), list[None]()
    kept = {(folder, 1): Stretch(1, 2.0, 4.0), (folder, 2): Stretch(2, 90.0, 95.0)}
    reader = Reader(seconds=30)
    with SoundOf(reader, kept, lambda: steps.append(None)) as sound:
        assert sound.uri(folder, 1).startswith("data:audio/mpeg;base64,")
        assert sound.uri(folder, 2) == sound.uri(folder, 3) == ""
    assert reader.asked == [(2_000.0, 4_000.0), (90_000.0, 95_000.0)]
    assert len(steps) == 2

    with SoundOf(Reader(), kept, lambda: None) as broken:
        assert broken.uri(folder, 1) == ""
    assert broken.failed_n == 2


def test_every_turn_has_its_own_sound_in_whatever_order_it_is_asked_for() -> None:
    folder = Path("a")
    kept = {(folder, each): Stretch(each, 0.0, each / 4) for each in range(1, 21)}
    reader = Reader(seconds=30)
    order = [3, 20, 1, 2, 3, *range(4, 20)]

    with SoundOf(reader, kept, lambda: None) as sound:
        sizes = {each: len(sound.uri(folder, each)) for each in order}

    assert sizes == {each: len(uri_of(each / 4)) for each in order}
    assert len(reader.asked) == 21, "the one asked for twice is read twice, and no other"


def uri_of(seconds: float) -> str:
    with SoundOf(Reader(seconds=30), {(Path(), 1): Stretch(1, 0.0, seconds)}, lambda: None) as one:
        return one.uri(Path(), 1)


def test_what_is_broken_off_reads_no_more_than_was_begun() -> None:
    folder, reader = Path("a"), Reader(seconds=30)
    kept = {(folder, each): Stretch(each, 0.0, 1.0) for each in range(1, 101)}

    def broken_off() -> None:
        if reader.asked:
            raise StoreError("broken off")

    with pytest.raises(StoreError), SoundOf(reader, kept, broken_off) as sound:
        _ = [sound.uri(folder, each) for each in range(1, 101)]

    assert 1 <= len(reader.asked) < 10
