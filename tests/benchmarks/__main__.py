"""Prints every measured figure with the load average: ``python -m tests.benchmarks [NAME ...]``."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

SECTIONS = {
    "codec": "reading a 200 ms audio delta, ours and the openai package's typed parse",
    "events": "what the engine's loop pays per event, early and late in a session",
    "speech-ends": "bias of what finds the ends of the user's speech",
    "recording": "what recording a session costs the engine",
    "rings": "moving 10 ms of audio",
    "barge-in": "how soon a stopped reply is silent, and how true what the provider is told is",
    "echo": "five minutes of an assistant that could hear itself, and what keeps it from that",
    "simulator": "lateness of the simulator's own sends against their nominal instants",
    "calibrate": "measuring engine against the simulator, in the terminal",
    "battery": "interruption battery: the simulator's known answers, the embedded engine's own",
    "lanes": "turn lanes of ten hours and 1,000,000 marks and spans: frames a second, memory",
    "busy": "the same while another program keeps one core busy",
    "window": "the same with the window open and drawing; start, idle and live CPU",
    "exports": "a recorded hour in every form that it leaves the house in",
    "replay": "replaying one hour, and ten with a million events: memory, processor, seeking",
    "comparison": "whether comparisons keep what they say: power, cover, false alarms",
    "bundles": "an hour's session into a bundle, as telemetry, and in again: time and memory",
    "library": "10,000 sessions: opening, searching, sorting, bringing the index up to date",
    "library-scroll": "scrolling through 10,000 sessions: what each frame costs",
    "engine": "embedded speech engine on real recordings",
}
"""A module of this package each; every one runs in a process of its own."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SECTIONS], help="all without")
    told, options = parser.parse_known_args()  # those that it does not know are the section's own
    names = told.names or list(SECTIONS)
    loads = " ".join(f"{load:.2f}" for load in os.getloadavg())
    print(f"{os.cpu_count()} cores, load average {loads}", flush=True)  # noqa: T201
    failed = [name for name in names if not section(name, options)]
    print(json.dumps({"sections": names, "failed": failed}))  # noqa: T201
    return 1 if failed else 0


def section(name: str, options: Sequence[str] = ()) -> bool:
    """Run one benchmark; what it prints is its figures."""
    print(f"\n{name}: {SECTIONS[name]}", flush=True)  # noqa: T201
    begun = time.perf_counter()
    command = (sys.executable, "-m", f"tests.benchmarks.{name.replace('-', '_')}", *options)
    good = subprocess.run(command, check=False).returncode == 0
    print(f"took {time.perf_counter() - begun:.0f} s", flush=True)  # noqa: T201
    return good


if __name__ == "__main__":
    sys.exit(main())
