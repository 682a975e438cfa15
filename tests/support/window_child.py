"""A window without a window: owns an engine process and a session in it, until it is killed.

``python -m tests.support.window_child WAV SESSIONS`` prints one JSON line with the engine's
process id once the session has begun.
"""

import json
import sys
from pathlib import Path

from app.bootstrap.known import PROGRAM
from app.core.clock import MonotonicClock
from app.session.host import EngineProcess
from app.session.messages import SessionReport
from tests.support.window import Window, simulated


def main() -> None:
    window = Window(EngineProcess((*PROGRAM, "engine"), MonotonicClock()))
    window.engine.send(simulated(Path(sys.argv[2]), Path(sys.argv[1])))
    (begun,) = window.until(SessionReport)
    sys.stdout.write(json.dumps({"pid": window.engine.pid, "folder": begun.folder}) + "\n")
    sys.stdout.flush()
    window.until(SessionReport, count=2)


if __name__ == "__main__":
    main()
