"""Exports of a recorded hour: 400 turns, an hour of stereo sound, 60,000 lines of journal.

Each form is written by a process of its own, which tells how long reading the session, loading
the writer's libraries and writing took together, how much of a core the whole process used, and
the most memory that it held.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.core.cells import cell_text, csv_line
from app.core.clock import Nanoseconds
from app.core.events import TokenUsage
from app.core.exporting import ExportFormat, ExportWish
from app.core.privacy import PersonalData, Redaction
from app.core.records import TurnRecord, TurnStatus
from app.core.rows import TURN_COLUMNS, turn_row
from app.store.plain import plain
from app.store.wav import wav_header
from tests.support.recording import T0_NS, session_record

SECONDS: Final = 3_600
TURNS: Final = 400
LINES: Final = 60_000
BOUND_S: Final = 2.0
"""Of Parquet."""

RATE_HZ: Final = 24_000
WORDS: Final = "The weather in Paris is mild today, with a light wind from the west. "


def session(root: Path) -> Path:
    """Write the hour as the recorder leaves it."""
    folder = root / "20261121T102030Z-34567890"
    folder.mkdir()
    record = session_record(state="complete", turns_n=TURNS)
    (folder / "session.json").write_text(json.dumps(plain(record)), "utf-8")
    with (folder / "turns.csv").open("wb") as file:
        file.write(csv_line(TURN_COLUMNS))
        for number in range(1, TURNS + 1):
            row = turn_row(record, turn(number))
            file.write(csv_line(cell_text(row[column]) for column in TURN_COLUMNS))
    with (folder / "events.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(LINES):
            at_ns = T0_NS + number * SECONDS * 10**9 // LINES
            raw = json.dumps({"type": "response.output_audio_transcript.delta", "delta": WORDS})
            lines.write(json.dumps({"t_ns": at_ns, "dir": "<", "raw": raw}) + "\n")
    rng = np.random.default_rng(1)
    with (folder / "stereo.wav").open("wb") as sound:
        sound.write(wav_header(SECONDS * RATE_HZ))
        for second in range(SECONDS):
            level = 3_000 if second % 3 else 3
            sound.write(rng.normal(0, level, 2 * RATE_HZ).astype("<i2").tobytes())
    return folder


def turn(number: int) -> TurnRecord:
    """Return one with most of what a turn may have."""
    began = T0_NS + (number - 1) * SECONDS * 10**9 // TURNS
    instants = ("u_on_ns", "u_off_ns", "vad_off_ns", "tok1_ns", "audible_ns", "audible_end_ns")
    spans = ("v2v_ms", "endpointing_ms", "ttft_ms", "ttfa_eos_ms", "ttfaa_ms", "done_ms", "rtt_ms")
    whole = TurnRecord(
        turn_id=number,
        status=TurnStatus.OK,
        user_transcript=WORDS,
        agent_transcript=WORDS * 4,
        usage=TokenUsage(total=900, input_total=600, output_total=300, input_audio=500),
    )
    values: dict[str, Any] = {
        **{name: Nanoseconds(began + 900_000_000 * at) for at, name in enumerate(instants)},
        **{name: 400 + 50 * math.sin(number + at) for at, name in enumerate(spans)},
    }
    return replace(whole, **values)


def child(form: str, folder: str, out: str, *, redacted: bool) -> int:
    """Write one form and print what it took."""
    begun = time.perf_counter()
    from app.bootstrap.exporting import write_wish  # noqa: PLC0415 - measured
    from app.store.reader import FolderReader  # noqa: PLC0415

    personal = tuple(PersonalData) if redacted else ()
    wish = ExportWish(
        sessions=(folder,),
        formats=(ExportFormat(form),),
        out=out,
        redaction=Redaction(personal=personal, patterns=("Paris",) if redacted else ()),
    )
    exported = write_wish(FolderReader({}), wish, None, lambda _done, _total, _words: True)
    took_s = time.perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu_s = round(time.process_time(), 2)
    told = {
        "s": round(took_s, 2),
        "cpu_s": cpu_s,
        "peak_mb": round(peak_mb),
        "bytes": exported.bytes_n,
    }
    print(json.dumps(told))  # noqa: T201
    return 0


def main() -> int:
    """Write all forms and hold Parquet against its bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", nargs=3, default=None)
    parser.add_argument("--redacted", action="store_true")
    given = parser.parse_args()
    if given.child:
        return child(*given.child, redacted=given.redacted)
    good = True
    with tempfile.TemporaryDirectory() as root:
        folder = session(Path(root))
        plans = [(form.value, ()) for form in ExportFormat] + [
            (form, ("--redacted",)) for form in ("csv", "bundle")
        ]
        for place, (form, more) in enumerate(plans):
            out = Path(root, f"out-{place}")
            command = (sys.executable, "-m", "tests.benchmarks.exports", *more)
            done = subprocess.run(
                (*command, "--child", form, str(folder), str(out)),
                check=False,
                stdout=subprocess.PIPE,
            )
            print(form, *more, done.stdout.decode().strip(), flush=True)  # noqa: T201
            told = json.loads(done.stdout) if done.returncode == 0 else {"s": math.inf}
            good &= done.returncode == 0 and (form != "parquet" or told["s"] < BOUND_S)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
