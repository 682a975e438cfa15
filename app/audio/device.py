"""What a microphone and a loudspeaker share: the stream through all its lives, and counters."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from app.audio.link import LinkChange, LinkNotice, StreamLink
from app.audio.shared import Direction
from app.audio.stamped import Counters, Row, StampedStream
from app.core.audio_format import StreamHealth
from app.core.clock import Nanoseconds
from app.core.ports import DeviceNotice, NoticeKind

_SECOND_NS = 1_000_000_000

_KINDS = {LinkChange.RUNS: NoticeKind.BACK, LinkChange.SWITCHED: NoticeKind.SWITCHED}


class ChildLife(Protocol):
    """What a device needs of ``app.audio.supervisor.AudioChild``."""

    def now_ns(self) -> Nanoseconds:
        """Return the session clock's present."""
        ...

    def open(self, direction: Direction, device: str | None) -> StreamLink:
        """Open a device, or raise DeviceError."""
        ...

    def supervise(self, link: StreamLink) -> None:
        """Look after a stream."""
        ...

    def switch(self, link: StreamLink, device: str | None) -> None:
        """Go over to another device once it runs."""
        ...

    def look_again(self, link: StreamLink) -> None:
        """Look for a lost device at once."""
        ...

    def close(self, link: StreamLink) -> None:
        """Give a stream up."""
        ...


class Placed(NamedTuple):
    """Where a row's first frame belongs.

    Attributes:
        gap_ns: How long there was nothing before it.
    """

    at_ns: Nanoseconds
    first_frame: int
    gap_ns: int


class Device:
    """A device stream: its lives, its counters and where its frames belong.

    All calls on one thread.

    Args:
        device: Name, or None for the default.
        child: Holds the stream.
    """

    direction: Direction

    def __init__(self, device: str | None, child: ChildLife) -> None:
        self._child = child
        self._device = device
        self._link: StreamLink | None = None
        self._life = 0
        self._stream: StampedStream | None = None
        self._counters = Counters()
        self._end_ns: Nanoseconds | None = None
        self._fresh = False
        self._dead = False
        self._gap_start_ns: Nanoseconds | None = None
        self._arriving: LinkNotice | None = None
        self._notices: list[DeviceNotice] = []

    @property
    def name(self) -> str:
        """Name for people and records."""
        return (self._device or "default") if self._link is None else self._link.name

    @property
    def chosen(self) -> str | None:
        """The device that is wanted; None is the default."""
        return self._device if self._link is None else self._link.chosen

    @property
    def standing_in(self) -> bool:
        """Whether another device than the chosen one is used."""
        return self._link is not None and self._link.standing_in

    @property
    def process_id(self) -> int | None:
        """The process that holds the device, or None."""
        return None if self._link is None else self._link.process_id

    @property
    def problem(self) -> str:
        """Why the device does not run just now, one sentence, or ""."""
        return "" if self._link is None else self._link.problem

    @property
    def health(self) -> StreamHealth:
        """Counters so far."""
        counters = self._counters
        lag_ns = counters.lateness.worst_ns
        return StreamHealth(
            xruns=counters.xruns,
            dropped_frames=counters.dropped + self._refused_by_ring(),
            restarts=counters.restarts,
            callback_lag_ms=None if lag_ns is None else lag_ns / 1e6,
            measured_rate_hz=None if self._stream is None else self._stream.measured_rate_hz,
        )

    @property
    def device_clock(self) -> str:
        """Say "measured" while the device's own stamps are believed, else "assumed"."""
        return "assumed" if self._stream is None else self._stream.device_clock

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        """Return the largest lateness of a callback from ``since_ns`` on, or None without one.

        A time without a stream is none: it is a restart.
        """
        lag_ns = self._counters.lateness.since(since_ns)
        return None if lag_ns is None else lag_ns / 1e6

    def open(self) -> None:
        """Open the device. Waits for the audio child, some 0.4 s, 8 s at most.

        Raises:
            DeviceError: If it cannot be used.
        """
        if self._link is None:
            self._link = self._child.open(self.direction, self._device)
            self._adopt()

    def close(self) -> None:
        """Stop. Safe to call twice."""
        if self._link is not None:
            self._device = self._link.chosen
            self._child.close(self._link)
            self._link = None
            self._stream = None

    def switch(self, device: str | None) -> None:
        """Open another device, None being the default; it takes over once it runs.

        A device that is not open yet is opened as that one.
        """
        if self._link is None:
            self._device = device
        else:
            self._child.switch(self._link, device)

    def look_again(self) -> None:
        """Devices have come: look for a lost one at once."""
        if self._link is not None:
            self._child.look_again(self._link)

    def take_notices(self) -> Sequence[DeviceNotice]:
        """Return what happened since the last call, oldest first."""
        notices, self._notices = self._notices, []
        return notices

    def _refused_by_ring(self) -> int:
        return 0

    def _stamped(self) -> Iterator[tuple[StampedStream, Row]]:
        """Look after the stream; give the rows since the last call, a lost life's ones first."""
        link = self._link
        if link is None:
            return
        self._child.supervise(link)
        if link.life != self._life:
            self._leave()
        if self._stream is not None and not self._dead:
            yield from ((self._stream, row) for row in self._stream.rows())
        while link.notices:
            self._take_notice(link.notices.popleft())
        if link.life != self._life:
            self._adopt()
            assert self._stream is not None
            yield from ((self._stream, row) for row in self._stream.rows())

    @property
    def _running(self) -> StampedStream | None:
        """The stream of the present life, or None while there is none."""
        link = self._link
        if link is None or link.opened is None or link.life != self._life:
            return None
        return self._stream

    def _leave(self) -> None:
        """Another life takes over: hand nothing more to the present one."""

    def _lost(self, until_ns: Nanoseconds) -> None:
        """Take in that nothing worked any more from ``until_ns`` on."""

    def _take_notice(self, notice: LinkNotice) -> None:
        at_ns = Nanoseconds(notice.at_ns)
        if notice.change in _KINDS:
            self._arriving = notice
            return
        if notice.change is LinkChange.LOST:
            self._counters.restarts += 1
            self._counters.xruns += 1
            self._lost(at_ns)
            self._dead = True
            if self._gap_start_ns is None:
                self._gap_start_ns = self._end_ns
        kind = NoticeKind(notice.change.value)
        told = DeviceNotice(kind=kind, at_ns=at_ns, name=notice.name, reason=notice.reason)
        self._notices.append(told)

    def _adopt(self) -> None:
        """Take the present life's stream."""
        assert self._link is not None
        self._fresh = self._stream is not None
        first_frame = 0 if self._stream is None else self._stream.next_frame
        self._life = self._link.life
        self._stream = StampedStream(self._link, self._counters, first_frame)
        self._dead = False
        self._gap_start_ns = self._gap_start_ns or self._end_ns

    def _place(self, stream: StampedStream, row: Row) -> Placed | None:
        """Return where a row's first frame belongs; None: where the life before still sounded."""
        at_ns = stream.instant(row, counted=not self._fresh)
        end_ns = Nanoseconds(at_ns + row.frames * _SECOND_NS // stream.rate_hz)
        gap_ns = 0
        if self._fresh:
            before_ns = at_ns if self._end_ns is None else self._end_ns
            if end_ns <= before_ns and self._may_skip(row):
                return None
            gap_ns = max(at_ns - before_ns, 0)
            stream.next_frame += gap_ns * stream.rate_hz // _SECOND_NS
            self._arrive(at_ns)
        self._fresh = False
        first_frame = stream.next_frame
        stream.next_frame += row.frames
        self._end_ns = end_ns
        return Placed(at_ns, first_frame, gap_ns)

    def _may_skip(self, row: Row) -> bool:
        """Whether a row whose place is taken can be left out."""
        raise NotImplementedError

    def _arrive(self, at_ns: Nanoseconds) -> None:
        """Tell that audio flows again from ``at_ns`` on."""
        start_ns, self._gap_start_ns = self._gap_start_ns, None
        notice, self._arriving = self._arriving, None
        if notice is None:
            return
        start_ns = at_ns if start_ns is None else start_ns
        self._notices.append(
            DeviceNotice(
                kind=_KINDS[notice.change],
                at_ns=Nanoseconds(notice.at_ns),
                name=notice.name,
                gap_start_ns=start_ns,
                gap_end_ns=max(at_ns, start_ns),
            )
        )
