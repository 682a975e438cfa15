"""CPU and age of this process and its children, from /proc."""

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _STARTED = 1, 11, 12, 19
"""Places after the name in /proc/PID/stat."""

SPEECH_SERVER = b"\0serve\0"
"""In the command line of a server of ours: it stands for the provider."""


def cpu_s() -> float:
    """Return the CPU seconds of this process and its children, speech servers left out."""
    stats = {pid: _stat(pid) for pid in _pids()}
    mine = {os.getpid()}
    for pid in sorted(stats):
        parent = stats[pid]
        if parent is not None and int(parent[_PARENT]) in mine and not _serves(pid):
            mine.add(pid)
    ticks = sum(int(s[_USER]) + int(s[_SYSTEM]) for pid in mine if (s := stats.get(pid)))
    return ticks / _TICKS


def age_s() -> float:
    """Return how long ago this process was started."""
    stat = _stat(os.getpid())
    assert stat is not None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(stat[_STARTED]) / _TICKS


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:  # it has ended
        return None


def _serves(pid: int) -> bool:
    try:
        return SPEECH_SERVER in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
