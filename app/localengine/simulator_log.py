"""When the simulator sent what, and when it should have: the ruler's own error."""

import json
from pathlib import Path
from typing import TextIO

from app.core.clock import Nanoseconds
from app.core.errors import ConfigError


class SendLog:
    """JSON lines; instants are of the process's monotonic clock (CLOCK_MONOTONIC on Linux).

    ``speech_stopped`` has the instant at which the audio that settled it arrived as both;
    ``sent_ns`` is taken when the socket has the message.
    """

    def __init__(self, path: Path | None) -> None:
        try:
            self._file: TextIO | None = None if path is None else path.open("w", encoding="utf-8")
        except OSError as exc:
            raise ConfigError(
                f"cannot write the simulator's log {path}: {exc.strerror}",
                hint="Choose a file in a folder that you may write to.",
            ) from exc

    def write(
        self,
        event: str,
        *,
        turn: int,
        index: int,
        nominal_ns: Nanoseconds,
        sent_ns: Nanoseconds,
        frames: int | None = None,
    ) -> None:
        """Add one send. ``frames`` is the audio in it."""
        if self._file is None:
            return
        row = {
            "event": event,
            "turn": turn,
            "index": index,
            "nominal_ns": nominal_ns,
            "sent_ns": sent_ns,
            "frames": frames,
        }
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self) -> None:
        """End the file. Safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None
