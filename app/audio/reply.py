"""The account of one reply on its way to the loudspeaker."""

from collections import deque
from typing import Final, NamedTuple

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.core.events import ItemHeard
from app.core.ids import ItemId, ResponseId
from app.dsp.audible_runs import AudibleRuns
from app.dsp.pcm import silence
from app.dsp.resample import Resampler, frames_after
from app.dsp.speech import Segment

MAX_REPLY_FRAMES: Final = 10 * 60 * SESSION_RATE_HZ
"""Audio of one reply that may wait: a model may deliver minutes at once."""

_MAX_SEGMENTS = 256
_SECOND_NS = 1_000_000_000
_SOUNDED_KEPT = 128


class Sounded(NamedTuple):
    """A run of frames that left the DAC. Frames are the device's, counted within the reply."""

    first: int
    frames: int
    at_ns: int


class Heard(NamedTuple):
    """A stretch that was audible at the DAC, and where it begins in the audio as received."""

    start_ns: Nanoseconds
    end_ns: Nanoseconds
    media_ms: float


class ReplyAudio:
    """What came of a reply, what waits, what was handed over and what sounded.

    Two scales: *source* frames at 24 kHz, *device* frames at the loudspeaker's rate. Both
    begin at the reply's first frame; the resampler keeps them aligned.

    Attributes:
        ended: No more will come.
        fed: Device frames made for the sink.
        sounded: Device frames that left the DAC.
        next_stream_frame: Stream index at which the next frame would join without a gap.
        end_ns: Instant after the last frame that left the DAC.
        handed_ns: Instant at which the block with that frame was handed to the device.
        audible_ns: Instant of the first audible frame that did, or None.
        audible_end_ns: Instant after the last audible frame that did, or None.
        stalled_ms: Sum of the gaps inside the reply.
        buffer_ms: How much of it had to wait before it began, or None before.
    """

    def __init__(self, response_id: ResponseId, rate_hz: int) -> None:
        self.response_id = response_id
        self.ended = False
        self.fed = 0
        self.sounded = 0
        self.next_stream_frame: int | None = None
        self.end_ns: Nanoseconds | None = None
        self.handed_ns: Nanoseconds | None = None
        self.audible_ns: Nanoseconds | None = None
        self.audible_end_ns: Nanoseconds | None = None
        self.stalled_ms = 0.0
        self.buffer_ms: float | None = None
        self._rate_hz = rate_hz
        self._resampler = Resampler(SESSION_RATE_HZ, rate_hz)
        self._audible = AudibleRuns(SESSION_RATE_HZ)
        self._told = 0
        self._pieces: deque[Samples] = deque()
        self._waiting = 0
        self._arrived = 0
        self._segments: list[tuple[ItemId, int]] = []
        self._drained = False
        self._late_tail: int | None = None
        self._excused = 0
        self._runs: deque[Sounded] = deque(maxlen=_SOUNDED_KEPT)

    @property
    def waiting(self) -> int:
        """Source frames that have arrived and were not yet handed over."""
        return self._waiting

    @property
    def arrived_ms(self) -> float:
        """Length of what has arrived."""
        return self._arrived * 1000 / SESSION_RATE_HZ

    @property
    def played_ms(self) -> float:
        """Length of what the loudspeaker was given."""
        return self._sounded_source * 1000 / SESSION_RATE_HZ

    @property
    def started(self) -> bool:
        """Whether a frame was handed over."""
        return self.fed > 0

    @property
    def ran_dry(self) -> bool:
        """Whether all that was handed over has sounded and nothing waits."""
        return self.fed > 0 and not self._waiting and self.sounded >= self.fed

    @property
    def has_more(self) -> bool:
        """Whether ``next_frames`` would give or settle something."""
        held_back = self.ran_dry and self._resampler.delay_frames > 0
        return self._waiting > 0 or held_back or (self.ended and not self._drained)

    @property
    def drained(self) -> bool:
        """Whether all is handed over and no more will come."""
        return self._drained

    @property
    def over(self) -> bool:
        """Whether all of it has left the DAC and no more will come."""
        return self._drained and self.sounded >= self.fed

    def accept(self, item_id: ItemId, samples: Samples) -> int:
        """Queue the head of ``samples`` as far as it fits; return the source frames taken."""
        count = min(len(samples), MAX_REPLY_FRAMES - self._waiting)
        if not self._segments or self._segments[-1][0] != item_id:
            if len(self._segments) >= _MAX_SEGMENTS:
                return 0
            self._segments.append((item_id, self._arrived))
        if count:
            self._pieces.append(samples[:count])
            self._waiting += count
            self._arrived += count
        return count

    def next_frames(self, source_frames: int) -> Samples:
        """Return the next device frames, made of at most ``source_frames``; none if none wait.

        At the end of a reply that has ended come the filter's last frames, then ``drained``.
        They come too when the reply has run dry: what is held back could be its last sound.
        """
        made = self._make(source_frames)
        self.fed += len(made)
        return made

    def _make(self, source_frames: int) -> Samples:
        if not self._pieces:
            if not self.has_more:
                return silence(0)
            self._late_tail = self.fed if self.ran_dry else None
            if self.ended:
                self._settle()
            return self._resampler.flush()
        piece = self._pieces.popleft()
        if len(piece) > source_frames:
            self._pieces.appendleft(piece[source_frames:])
            piece = piece[:source_frames]
        self._waiting -= len(piece)
        self._audible.push(piece)
        return self._resampler.push(piece)

    def sound(self, count: int, stream_frame: int, at_ns: Nanoseconds) -> float:
        """``count`` frames left the DAC at ``at_ns``; return the stall before them, ms.

        A gap before frames that only the filter had held back is none: whether the reply
        goes on at all is not known there. If it does, the gap is counted then.
        """
        expected = self.next_stream_frame
        gap = 0 if expected is None else max(stream_frame - expected, 0)
        if gap and self.sounded == self._late_tail:
            self._excused, gap = gap, 0
        elif gap:
            self._excused, gap = 0, gap + self._excused
        gap_ms = gap * 1000 / self._rate_hz
        self.stalled_ms += gap_ms
        self._runs.append(Sounded(self.sounded, count, at_ns))
        self.sounded += count
        self.next_stream_frame = stream_frame + count
        self.end_ns = Nanoseconds(at_ns + count * _SECOND_NS // self._rate_hz)
        return gap_ms

    def unsound(self, count: int) -> None:
        """The last ``count`` frames never sounded: the device died with them."""
        self.sounded -= count
        if self.next_stream_frame is not None:
            self.next_stream_frame -= count
        if self.end_ns is not None:
            self.end_ns = Nanoseconds(self.end_ns - count * _SECOND_NS // self._rate_hz)
        while self._runs and self._runs[-1].first + self._runs[-1].frames > self.sounded:
            last = self._runs.pop()
            if last.first < self.sounded:
                self._runs.append(last._replace(frames=self.sounded - last.first))

    @property
    def leading_ms(self) -> float | None:
        """Where its first audible frame stands in it as it came; None before that is known."""
        first = self._audible.first
        return None if first is None else first * 1000 / SESSION_RATE_HZ

    def take_audible(self) -> list[Heard]:
        """Return when it was audible at the DAC, as far as that is known and was not told yet.

        It is known of what was made for the sink, but for the last 30 ms of that. A stretch is
        told once 30 ms of it have sounded: what is cut off before was not heard.
        """
        until = self._audible.heard(min(self._sounded_source, self._audible.settled))
        stretches = self._audible.within(self._told, until)
        self._told = max(self._told, until)
        spans = [span for stretch in stretches for span in self._sounded_at(stretch)]
        if spans:
            self.audible_ns = spans[0].start_ns if self.audible_ns is None else self.audible_ns
            self.audible_end_ns = spans[-1].end_ns
        return spans

    def _sounded_at(self, stretch: Segment) -> list[Heard]:
        """Return the DAC instants of source frames, a gap between them left out."""
        start = frames_after(stretch.start, SESSION_RATE_HZ, self._rate_hz)
        end = frames_after(stretch.end, SESSION_RATE_HZ, self._rate_hz)
        spans: list[Heard] = []
        for run in reversed(self._runs):
            if run.first + run.frames <= start:
                break
            first, last = max(start, run.first), min(end, run.first + run.frames)
            if first < last:
                media = frames_after(first, self._rate_hz, SESSION_RATE_HZ)
                media_ms = max(media, stretch.start) * 1000 / SESSION_RATE_HZ
                spans.append(Heard(self._instant(run, first), self._instant(run, last), media_ms))
        return spans[::-1]

    def _instant(self, run: Sounded, frame: int) -> Nanoseconds:
        return Nanoseconds(run.at_ns + (frame - run.first) * _SECOND_NS // self._rate_hz)

    def _settle(self) -> None:
        self._drained = True
        self._audible.close()

    def drop(self) -> None:
        """Forget what waits; nothing more will be handed over."""
        self._pieces.clear()
        self._waiting = 0
        self.ended = True
        self._settle()

    def item_at_head(self) -> ItemId | None:
        """Return the item that holds the last frame that sounded, or the first item."""
        head = None
        for item_id, first in self._segments:
            if head is None or first < self._sounded_source:
                head = item_id
        return head

    def items(self) -> tuple[ItemHeard, ...]:
        """Return how much of each item was given to the loudspeaker, in the reply's order."""
        ends = [first for _, first in self._segments[1:]] + [self._arrived]
        heard: dict[ItemId, tuple[int, int]] = {}
        for (item_id, first), end in zip(self._segments, ends, strict=True):
            played, arrived = heard.get(item_id, (0, 0))
            here = min(max(self._sounded_source - first, 0), end - first)
            heard[item_id] = (played + here, arrived + end - first)
        return tuple(
            ItemHeard(item_id, played * 1000 / SESSION_RATE_HZ, arrived * 1000 / SESSION_RATE_HZ)
            for item_id, (played, arrived) in heard.items()
        )

    def item_played_ms(self, item_id: ItemId) -> float | None:
        """Return how much of an item was given to the loudspeaker; None if it is not in here."""
        return next((each.played_ms for each in self.items() if each.item_id == item_id), None)

    @property
    def _sounded_source(self) -> int:
        sounded = frames_after(self.sounded, self._rate_hz, SESSION_RATE_HZ)
        return min(sounded, self._arrived)
