"""``talk`` with servers that are not there, refuse, fall silent, break off or talk nonsense."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGINT

import pytest

from app.bootstrap import main
from app.core.serving import Fault
from tests.support.program import (
    QUICK,
    Ended,
    assert_whole,
    only_session,
    peak_mb,
    program,
    spoken,
)
from tests.support.recording import journal_lines
from tests.support.serving import simulator

KINDS = ("malformed", "unknown", "silent", "cut", "error")
PATIENCE_S = "3"
"""How long silence is waited for; a reply takes so long only where nothing else could run."""
SPECIAL = {
    "silent": ("--reply-timeout", PATIENCE_S, "--engine-option=--fault=silent@1"),
    # A cut drops what its client has not read yet: it comes a second after the first words.
    "cut": (f"--engine-option=--fault={Fault.CUT_MID_REPLY}@1", "--engine-option=--reply-ms=2000"),
}
KEY = "sk-canary-Wq55-0123456789"
MOST_MEMORY_MB = 300.0
HUGE = 10 * 1024 * 1024


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    """Two utterances to each server; the first reply goes wrong. All at once."""
    with ExitStack() as stack:
        running = {}
        for kind in KINDS:
            home = tmp_path_factory.mktemp(kind)
            said = str(spoken(home / "said.wav"))
            running[kind] = stack.enter_context(
                program(
                    home,
                    *("talk", "--model", "simulator", "--json", "--no-reconnect", *QUICK),
                    *("--input", said, "--input", said),
                    *SPECIAL.get(kind, (f"--engine-option=--fault={kind}@1",)),
                )
            )
        yield {kind: each.end() for kind, each in running.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_recorded_is_whole(kind: str, outcomes: dict[str, Ended]) -> None:
    ended = outcomes[kind]

    assert_whole(ended.folder, turns=len(ended.turns))
    assert ended.summary["turns"] == len(ended.turns)


@pytest.mark.parametrize(
    ("kind", "sentence", "hint"),
    [
        ("malformed", "The server broke the protocol: a message is not JSON.", "events.jsonl"),
        ("silent", f"Turn 1 failed: The model said nothing for {PATIENCE_S} s.", "--reply-timeout"),
        ("cut", "The connection to 127.0.0.1", "start the session again"),
        ("error", "Turn 1 failed: The simulator was told to fail this turn.", "events.jsonl"),
    ],
)
def test_a_fault_is_a_sentence_with_what_to_do_and_a_failure(
    kind: str, sentence: str, hint: str, outcomes: dict[str, Ended]
) -> None:
    ended = outcomes[kind]

    assert ended.code == 1
    said = [line for line in ended.err.splitlines() if line.startswith(sentence)]
    assert len(said) == 1, ended.err
    assert hint in said[0]
    assert "Traceback" not in ended.err
    assert said[0].startswith(ended.summary["error"])


@pytest.mark.parametrize("kind", ["malformed", "unknown", "silent", "error"])
def test_the_session_goes_on_after_the_fault(kind: str, outcomes: dict[str, Ended]) -> None:
    assert [turn["status"] for turn in outcomes[kind].turns][1:] == ["ok"]


def test_malformed_json_is_counted_and_costs_no_turn(outcomes: dict[str, Ended]) -> None:
    ended = outcomes["malformed"]

    assert ended.summary["protocol_errors"] == 1
    assert ended.turns[0]["status"] == "ok"


def test_an_unknown_event_is_no_fault_but_counted_and_kept(outcomes: dict[str, Ended]) -> None:
    ended = outcomes["unknown"]

    assert (ended.code, ended.summary["error"]) == (0, None)
    assert ended.summary["unknown_messages"] == 1
    raw = [line.get("raw") or "" for line in journal_lines(ended.folder)]
    assert any("vendor.mood.changed" in text for text in raw)


def test_a_connection_that_closes_in_mid_sentence_fails_its_turn(
    outcomes: dict[str, Ended],
) -> None:
    (turn,) = outcomes["cut"].turns

    assert (turn["status"], turn["error_type"]) == ("error", "connection_lost")
    assert turn["agent_transcript"]


def test_a_delta_of_ten_megabytes_is_played_and_can_be_interrupted(tmp_path: Path) -> None:
    words = ("talk", "--model", "simulator", "--engine-option=--fault=huge@1", "--json")
    said = str(spoken(tmp_path / "said.wav"))

    with program(tmp_path, *words, "--input", said) as running:
        running.until_journal("PlaybackAudible")
        memory_mb = peak_mb(running.pid)
        running.signal(SIGINT)
        ended = running.end()

    assert ended.code == 130
    assert memory_mb < MOST_MEMORY_MB
    assert_whole(ended.folder, turns=1)
    assert ended.turns[0]["audio_out_ms"] == pytest.approx(HUGE * 0.75 / 48, rel=0.001)
    assert ended.summary["protocol_errors"] == 0


# --- no session at all ------------------------------------------------------------------------


@pytest.fixture
def talk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> "Talk":
    monkeypatch.setenv("VIVAVOCE_SESSIONS", str(tmp_path / "sessions"))
    return Talk(tmp_path, capsys)


class Talk:
    """Calls ``talk`` in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._said = spoken(folder / "said.wav")
        self._capsys = capsys
        self.sessions = folder / "sessions"

    def __call__(self, url: str) -> Ended:
        code = main(["talk", "--model", url, "--input", str(self._said), "--json"])
        out, err = self._capsys.readouterr()
        return Ended(code, out, err)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def last_line(ended: Ended) -> str:
    assert ended.code == 1
    assert "Traceback" not in ended.err
    line = ended.err.splitlines()[-1]
    assert line.startswith(ended.summary["error"])
    return line


def test_a_server_that_is_not_there(talk: Talk) -> None:
    ended = talk(f"ws://127.0.0.1:{(port := free_port())}/v1/realtime")

    assert last_line(ended) == (
        f"Nothing listens at 127.0.0.1:{port}. Start the server, or check the port of the address."
    )
    assert_whole(only_session(talk.sessions), state="failed", turns=0)


def test_a_server_that_refuses_the_key(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVAVOCE_KEY", KEY)

    with simulator() as server:
        ended = talk(server.url)

    line = last_line(ended)
    assert "refused the connection (HTTP 401)" in line
    assert line.endswith("Check the key: it is missing, wrong or expired.")
    folder = only_session(talk.sessions)
    assert_whole(folder, state="failed", turns=0)
    stored = b"".join(file.read_bytes() for file in folder.iterdir())
    assert KEY not in ended.out + ended.err
    assert KEY.encode() not in stored


def test_a_server_that_is_no_websocket_server(talk: Talk) -> None:
    with one_answer(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi") as port:
        ended = talk(f"ws://127.0.0.1:{port}/v1/realtime")

    assert "refused the connection (HTTP 200)" in last_line(ended)
    assert_whole(ended.folder, state="failed", turns=0)


@contextmanager
def one_answer(octets: bytes) -> Iterator[int]:
    """Serve one connection on the port that is given: say this, and close."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(octets)

        thread = threading.Thread(target=serve, name="one answer")
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            thread.join()


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = main(["serve", "--simulated", "--port", str(port)])

    assert code == 2
    assert capsys.readouterr().err == (
        f"Port {port} on 127.0.0.1 cannot be used: address already in use. "
        "Choose another with --port, or leave it out for a free one.\n"
    )


def test_json_output_stays_json_whatever_the_server_does(outcomes: dict[str, Ended]) -> None:
    for ended in outcomes.values():
        kinds = [json.loads(line)["type"] for line in ended.out.splitlines()]
        assert kinds == ["turn"] * (len(kinds) - 1) + ["summary"]
