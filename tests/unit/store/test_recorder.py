import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from app.core.clock import MonotonicClock, Nanoseconds
from app.core.errors import StoreError
from app.core.ports import Recording, SessionStore
from app.store import recorder
from app.store.recorder import FolderStore
from tests.support.recording import account, journal_lines, session_record, turn_record

STEP_NS = 20_000_000


def test_a_session_is_a_folder_with_everything_in_it(tmp_path: Path) -> None:
    clock = MonotonicClock()
    t0 = clock.now_ns()
    store: SessionStore = FolderStore(tmp_path / "sessions", clock, ["canary-key"])
    recording: Recording = store.begin(session_record(t0_ns=t0))
    voice = np.arange(1, 481, dtype=np.int16)

    for n in range(10):
        at = Nanoseconds(t0 + n * STEP_NS)
        recording.user_audio(at, voice)
        recording.agent_audio(at, -voice)
    recording.wire("<", t0, '{"key":"canary-key"}')
    recording.event(t0, "hello", {"n": 1})
    recording.turn(turn_record())
    recording.session(session_record(t0_ns=t0))
    recording.close(session_record(state="complete", turns_n=1, t0_ns=t0))

    folder = recording.folder
    assert folder.parent == tmp_path / "sessions"
    assert (recording.dropped, recording.failure) == (0, None)
    assert account(folder)["state"] == "complete"
    assert account(folder)["recording"]["frames"] == 4800
    assert [line.get("event", line.get("dir")) for line in journal_lines(folder)] == [
        "journal",
        "<",
        "hello",
    ]
    with wave.open(str(folder / "stereo.wav")) as file:
        frames = np.frombuffer(file.readframes(4800), "<i2").reshape(-1, 2)
    assert (frames[:, 0] == np.tile(voice, 10)).all()
    assert (frames[:, 1] == -np.tile(voice, 10)).all()
    assert b"canary-key" not in b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_buffer_that_is_used_again_does_not_change_the_recording(tmp_path: Path) -> None:
    clock = MonotonicClock()
    t0 = clock.now_ns()
    recording = FolderStore(tmp_path, clock).begin(session_record(t0_ns=t0))
    buffer = np.full(480, 5, np.int16)

    recording.user_audio(t0, buffer)
    buffer[:] = 9
    recording.close(session_record(t0_ns=t0))

    with wave.open(str(recording.folder / "stereo.wav")) as file:
        assert set(np.frombuffer(file.readframes(480), "<i2")[::2]) == {5}


def test_closing_twice_is_closing_once_and_later_calls_are_counted(tmp_path: Path) -> None:
    recording = FolderStore(tmp_path).begin(session_record())
    recording.close(session_record(state="complete"))

    recording.close(session_record(state="running"))
    recording.event(Nanoseconds(0), "late", None)

    assert account(recording.folder)["state"] == "complete"
    assert recording.dropped == 1


def test_a_disk_that_hangs_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(recorder, "_CLOSE_S", 0.05)
    recording = FolderStore(tmp_path).begin(session_record())
    monkeypatch.setattr("app.store.writer.replace_atomically", lambda *_: go_on.wait(10))

    recording.close(session_record(state="complete"))

    assert "next start repairs it" in (recording.failure or "")
    go_on.set()
    recording._journal.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_in_the_recorder_is_a_sentence_and_the_session_goes_on(tmp_path: Path) -> None:
    recording = FolderStore(tmp_path).begin(session_record(t0_ns=Nanoseconds(0)))

    recording.user_audio(Nanoseconds(0), np.zeros((3, 2), np.int16))
    recording.close(session_record(state="complete"))

    assert "fault in the program" in (recording.failure or "")


def test_a_folder_that_cannot_be_written_is_an_error_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(StoreError, match="Cannot record into") as caught:
        FolderStore(tmp_path / "file" / "below").begin(session_record())

    assert caught.value.hint
