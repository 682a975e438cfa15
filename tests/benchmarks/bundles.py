"""An hour's session into a bundle, as telemetry, and in again: time and memory.

``python -m tests.benchmarks.bundles [HOURS]``. 720 turns an hour, 345 MB of sound, a journal of
120 events and messages a turn. Each deed runs in a process of its own, whose peak memory is that
of the program and the deed together. Bound: memory does not grow with the length of the session
(100 MB over that of a session of six minutes).
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from app.core.clock import Nanoseconds
from app.core.privacy import PersonalData, Redaction
from app.exports.bundle import write_bundle
from app.exports.otlp import write_otlp
from app.store.importing import import_bundle_file
from tests.support.bundles import job, line, recorded, wire
from tests.support.recording import T0_NS, turn_record

TURN_MS: Final = 5_000.0
LIMIT_MB: Final = 100.0
DEEDS: Final = ("bundle", "bundle redacted", "import", "telemetry")


def main() -> int:
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    short, long = (measured(span) for span in (0.1, hours))
    good = True
    for deed in DEEDS:
        grown = long[deed]["peak_mb"] - short[deed]["peak_mb"]
        good &= grown < LIMIT_MB
        row = {"deed": deed, "hours": hours, **long[deed], "over_6_min_mb": round(grown, 1)}
        print(json.dumps(row))  # noqa: T201
    return 0 if good else 1


def measured(hours: float) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make(home / "from", hours)
        return {deed: in_a_process(deed, home) for deed in DEEDS}


def in_a_process(deed: str, home: Path) -> Mapping[str, Any]:
    command = (sys.executable, "-m", "tests.benchmarks.bundles", "--deed", deed, str(home))
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(ended.stdout)
    assert isinstance(told, dict)
    return told


def make(folder: Path, hours: float) -> None:
    turns_n = round(hours * 3_600_000 / TURN_MS)
    turns = tuple(
        replace(
            turn_record(number, agent_transcript="so many words of a reply " * 8),
            u_on_ns=Nanoseconds(T0_NS + round(number * TURN_MS * 1e6)),
        )
        for number in range(turns_n)
    )
    frames = round(hours * 3600 * 24_000)
    made = recorded(folder, "hour", turns=turns, frames=frames)
    with (made / "events.jsonl").open("w") as file:
        file.writelines(json.dumps(each) + "\n" for each in journal(turns_n))


def journal(turns_n: int) -> Iterator[dict[str, Any]]:
    for number in range(turns_n):
        start_ms, reply = number * TURN_MS, f"resp_{number}"
        yield line(start_ms, "ResponseStarted", response_id=reply)
        for piece in range(59):
            at_ms, words = start_ms + piece * 20, f" word {piece} of ann@example.org"
            yield line(at_ms, "ResponseText", response_id=reply, item_id="item", text=words)
            yield wire(at_ms, {"type": "response.text.delta", "item_id": "item", "delta": words})
        yield line(start_ms + 2000, "ResponseFinished", response_id=reply, status="completed")


def bundle(home: Path, redaction: Redaction, name: str) -> None:
    write_bundle(job(home / name, home / "from" / "hour", redaction=redaction))


def do(deed: str, home: Path) -> None:
    """Do one deed; print its time, and the peak memory of this process."""
    personal = Redaction(personal=tuple(PersonalData))
    deeds: Mapping[str, Callable[[], object]] = {
        "bundle": lambda: bundle(home, Redaction(), "plain.vivavoce"),
        "bundle redacted": lambda: bundle(home, personal, "redacted.vivavoce"),
        "import": lambda: import_bundle_file(home / "plain.vivavoce", home / "root"),
        "telemetry": lambda: write_otlp(job(home / "otlp.jsonl", home / "from" / "hour")),
    }
    begun = time.perf_counter()
    deeds[deed]()
    seconds = time.perf_counter() - begun
    told = {"seconds": round(seconds, 2), "peak_mb": round(peak_kb() / 1024, 1)}
    print(json.dumps(told))  # noqa: T201


def peak_kb() -> int:
    """Return the most memory that this process has had since it was started."""
    (told,) = re.findall(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(told)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--deed"]:
        do(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main())
