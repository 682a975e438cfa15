"""Each process loads only what it uses: read from the maps of the running processes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from app.bootstrap.known import PROGRAM
from app.core.clock import MonotonicClock
from app.session.host import EngineProcess
from app.session.messages import SessionReport
from tests.support.program import children, command_line, environment, program, run, spoken
from tests.support.sound_server import SoundServer, sound_server_installed, wait_until
from tests.support.window import Window, simulated

QT = ("PySide6", "libQt6", "shiboken6")
INFERENCE = ("onnxruntime", "xllamacpp", "espeak")
PORTAUDIO = "libportaudio"
WINDOW_MODULES = {"PySide6", "qasync", "pyqtgraph", "shiboken6"}
INFERENCE_MODULES = {"onnxruntime", "xllamacpp", "espeakng_loader"}
SPEECH_MS = 60_000.0
_SPY = """
import json, sys
from app.bootstrap import main
code = main(sys.argv[1:])
sys.stderr.write(json.dumps(sorted(sys.modules)) + "\\n")
sys.exit(code)
"""


def maps(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text("utf-8")


def by_role(pids: list[int]) -> dict[str, str]:
    """Return the memory maps of processes of ours by the command; one may end meanwhile."""
    found: dict[str, str] = {}
    for pid in pids:
        words = command_line(pid).partition(" -m app ")[2].split()
        with suppress(FileNotFoundError, ProcessLookupError):
            found |= {words[0]: maps(pid)} if words else {}
    return found


def roles() -> set[str]:
    """Return the processes that there are in mid session."""
    sound = {"audio-child", "audio-watch"} if sound_server_installed() else set()
    return {"engine", "talk", "serve"} | sound


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The maps of ``talk``, its server and audio child, and of an engine, in mid session."""
    home = tmp_path_factory.mktemp("load")
    said = spoken(home / "said.wav", span_ms=SPEECH_MS)
    words = ["talk", "--model", "simulator", "--json", "--input", str(said)]
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in environment(home).items():
            patch.setenv(name, value)
        env: dict[str, str] = {}
        if sound_server_installed():
            sound = stack.enter_context(SoundServer())
            env = {k: v for k, v in sound.environment.items() if k.startswith(("PULSE", "XDG"))}
            words.append("--speaker")
        engine = EngineProcess((*PROGRAM, "engine"), MonotonicClock())
        stack.callback(engine.close)
        engine.send(simulated(home / "other", said))
        talk = stack.enter_context(program(home, *words, env=env))
        Window(engine).until(SessionReport)
        talk.until_journal("SpeechStarted")
        pid = engine.pid
        assert pid is not None
        found: dict[str, str] = {}

        def all_there() -> bool:
            """A process that only lists the devices comes and goes."""
            found.clear()
            found.update(by_role([pid, *children(talk.pid), talk.pid]))
            return set(found) == roles()

        wait_until(all_there)
        yield found


def test_everything_was_looked_at(loaded: Mapping[str, str]) -> None:
    assert set(loaded) == roles()
    assert all("python" in text for text in loaded.values())


def test_no_process_but_the_window_loads_qt(loaded: Mapping[str, str]) -> None:
    assert [(role, name) for role in loaded for name in QT if name in loaded[role]] == []


def test_portaudio_is_in_the_audio_child_alone(loaded: Mapping[str, str]) -> None:
    found = {role for role in loaded if PORTAUDIO in loaded[role]}

    assert found == ({"audio-child"} if sound_server_installed() else set())


def test_nobody_infers_where_only_the_simulator_serves(loaded: Mapping[str, str]) -> None:
    assert [(role, name) for role in loaded for name in INFERENCE if name in loaded[role]] == []


@pytest.mark.parametrize(
    ("words", "also_not"),
    [
        (("devices",), INFERENCE_MODULES | {"sounddevice"}),
        (("audio-list",), INFERENCE_MODULES | {"websockets", "keyring"}),
        (("models",), INFERENCE_MODULES | {"sounddevice"}),
        (("sessions",), INFERENCE_MODULES | {"sounddevice"}),
        (("serve", "--simulated", "--end-with-stdin"), INFERENCE_MODULES | {"sounddevice"}),
        (("--version",), INFERENCE_MODULES | {"sounddevice", "numpy", "asyncio"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_command_imports_only_what_it_needs(
    words: tuple[str, ...], also_not: set[str], tmp_path: Path
) -> None:
    ended = run(tmp_path, *words, module=("-c", _SPY))

    modules = set(json.loads(ended.err.splitlines()[-1]))
    assert "app.bootstrap" in modules
    assert modules & (WINDOW_MODULES | also_not) == set()
