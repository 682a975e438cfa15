"""What is heard on both sides: the player's news, levels and outlines."""

import asyncio
from collections.abc import Callable

from app.core.audio_format import SESSION_RATE_HZ, PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.core.events import SessionEvent
from app.session.closing import XrunLog
from app.session.heard import HeardAudio
from app.session.monitor import Envelopes, Meters
from app.session.stage import Stage

_VIEWS_PER_S = 30
_NS_PER_FRAME = -(-1_000_000_000 // SESSION_RATE_HZ)


class Sounding:
    """Reads the player and shows both sides. All calls on the engine's loop.

    Args:
        stage: The session.
        tell: Tells everybody of an event of the player's.
        far: Gets every block that was played.

    Attributes:
        xruns: The xruns of both devices.
    """

    def __init__(
        self,
        stage: Stage,
        tell: Callable[[SessionEvent], None],
        far: Callable[[PlayedBlock], None] = lambda _: None,
    ) -> None:
        self._player = stage.player
        self._heard = HeardAudio(stage.recording)
        self._out_ms: float | None = None
        self._clock = stage.clock
        self._report = stage.report
        self._tell = tell
        self._far = far
        self._meters = Meters()
        self._envelopes = Envelopes(stage.account.record.t0_ns)
        self.xruns = XrunLog(stage.opened.source, stage.player.sink)

    @property
    def queued(self) -> bool:
        """Whether something is still to be played."""
        return self._player.sink.queued_frames > 0

    def hear(self, at_ns: Nanoseconds, frame: Samples) -> None:
        """Take a captured frame."""
        self._meters.add_input(frame)
        self._envelopes.add_user(at_ns, frame)

    def poll(self) -> None:
        """Record what was played, and tell what became of it."""
        events, blocks = self._player.poll()
        for block in blocks:
            self._heard.put(block)
            if block.unheard_frames:
                continue
            self._far(block)
            self._meters.add_output(block.samples)
            self._envelopes.add_model(block.played_ns, block.samples)
            self._heard.settle(self._handed_ns(block))
        for event in events:
            self._tell(event)

    def _handed_ns(self, block: PlayedBlock) -> Nanoseconds:
        """Return when the loudspeaker was handed a block: what was to sound before has sounded."""
        out_ms = self._player.sink.device_out_ms
        self._out_ms = self._out_ms if out_ms is None else out_ms
        if self._out_ms is None:  # there never was a device that could be lost
            return Nanoseconds(block.played_ns + len(block.samples) * _NS_PER_FRAME)
        return Nanoseconds(block.played_ns - round(self._out_ms * 1e6))

    def close(self) -> None:
        """Read and record what the loudspeaker did last."""
        self.poll()
        self._heard.close()

    async def view(self) -> None:
        """Show levels and outlines until cancelled."""
        while True:
            await asyncio.sleep(1 / _VIEWS_PER_S)
            for report in (self._meters.take(), self._envelopes.take(self._clock.now_ns())):
                if report is not None:
                    self._report(report)
