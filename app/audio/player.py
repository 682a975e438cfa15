"""Plays replies through any loudspeaker, and accounts for every frame."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from app.audio.agent_speech import AgentSpeech
from app.audio.credits import Credits
from app.audio.jitter import JitterDepth
from app.audio.reply import ReplyAudio
from app.audio.session_rate import SessionRateBlocks
from app.core.audio_format import SESSION_RATE_HZ, PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.core.events import (
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStalled,
    PlaybackStarted,
    SessionEvent,
)
from app.core.ids import ItemId, ResponseId
from app.core.ports import AudioSink

AHEAD_MS: Final = 200
"""Audio kept in the sink: survives a stall of the loop of that length."""
MAX_WAITING_REPLIES: Final = 32

_PIECE_FRAMES = SESSION_RATE_HZ // 20
_ACCOUNTS_KEPT = 64
_SECOND_NS = 1_000_000_000


class _Next(NamedTuple):
    """Where the block after the last one begins: instant, frame, the device's rate.

    Attributes:
        block_frames: Frames of the last block.
        handed_ns: When the next will be handed to the device, if it asks for them evenly.
    """

    at_ns: Nanoseconds
    frame: int
    rate_hz: int
    block_frames: int
    handed_ns: Nanoseconds

    @classmethod
    def after(cls, block: PlayedBlock, handed_ns: Nanoseconds) -> "_Next":
        frames = len(block.samples)
        lasts_ns = frames * _SECOND_NS // block.rate_hz
        end_ns, next_ns = Nanoseconds(block.played_ns + lasts_ns), Nanoseconds(handed_ns + lasts_ns)
        return cls(end_ns, block.first_frame + frames, block.rate_hz, frames, next_ns)

    def ahead(self, frames: int) -> tuple[Nanoseconds, int]:
        """Return instant and index of the frame that comes so many frames later."""
        at_ns = self.at_ns + frames * _SECOND_NS // self.rate_hz
        return Nanoseconds(at_ns), self.frame + frames

    def handed(self, frames: int) -> Nanoseconds:
        """Return when the frame that comes so many frames later is handed to the device."""
        blocks = frames // self.block_frames if self.block_frames else 0
        return Nanoseconds(self.handed_ns + blocks * self.block_frames * _SECOND_NS // self.rate_hz)


class ReplyPlayer:
    """The ``Player``: replies one after the other, each through its own account.

    The sink gets 200 ms at a time, so that a flush is immediate; the rest of a reply, up to
    ten minutes of it, waits here. A reply that has run dry without an end is taken for over
    as soon as another has audio to play; what still comes of it is refused and counted.

    Args:
        sink: The loudspeaker, opened by its owner before the first ``poll``.
    """

    def __init__(self, sink: AudioSink) -> None:
        self._sink = sink
        self._depth = JitterDepth()
        self._accounts: OrderedDict[ResponseId, ReplyAudio] = OrderedDict()
        self._queue: deque[ReplyAudio] = deque()
        self._spans: deque[tuple[ReplyAudio | None, int]] = deque()
        self._credits = Credits()
        self._unwritten: deque[tuple[ReplyAudio, Samples]] = deque(maxlen=2)
        self._flushed: set[ResponseId] = set()
        self._playing: ReplyAudio | None = None
        self._next: _Next | None = None
        self._speech = AgentSpeech()
        self._events: list[SessionEvent] = []
        self._blocks: list[PlayedBlock] = []
        self._to_session_rate: SessionRateBlocks | None = None
        self._refused = 0

    @property
    def playing(self) -> ResponseId | None:
        """The reply that has begun to sound and is not over, or None."""
        return None if self._playing is None else self._playing.response_id

    @property
    def buffer_ms(self) -> float:
        """How much of a reply must wait before it starts."""
        return self._depth.ms

    @property
    def sink(self) -> AudioSink:
        """The loudspeaker."""
        return self._sink

    @property
    def refused_frames(self) -> int:
        """Frames of replies that did not fit, at 24 kHz."""
        return self._refused

    def play(self, response_id: ResponseId, item_id: ItemId, samples: Samples) -> int:
        """Queue a piece of a reply; return the frames that did not fit (and were counted)."""
        if response_id in self._flushed or not len(samples):
            return 0
        reply = self._accounts.get(response_id) or self._admit(response_id)
        fits = 0 if reply is None or reply.ended else reply.accept(item_id, samples)
        self._refused += len(samples) - fits
        self._feed()
        return len(samples) - fits

    def end(self, response_id: ResponseId) -> None:
        """No more audio of this reply will come."""
        reply = self._accounts.get(response_id)
        if reply is not None:
            reply.ended = True
            self._feed()

    def flush(self, at_ns: Nanoseconds) -> Sequence[SessionEvent]:
        """Drop what is queued; return what had happened, then a PlaybackFlushed per reply hit.

        All of it counts what the sink had handed over by then. A block that the sink could not
        take back counts as played right after the block before.
        """
        self._collect()
        dropped = self._sink.flush()
        if self._collect():  # lost just now: what never sounded was queued again
            dropped += self._sink.flush()
        hit = self._unfinished()
        self._forget_tail(dropped)
        self._foresee(at_ns)
        self._spans = deque((None, frames) for _, frames in self._spans)
        self._unwritten.clear()
        self._events.extend(self._drop(reply, at_ns) for reply in hit)
        self._queue.clear()
        self._playing = None
        events, self._events = self._events, []
        return events

    def played_ms(self, item_id: ItemId) -> float:
        """Milliseconds of this item that the loudspeaker was given; 0.0 if it is unknown."""
        for reply in reversed(self._accounts.values()):
            played = reply.item_played_ms(item_id)
            if played is not None:
                return played
        return 0.0

    def poll(self) -> tuple[Sequence[SessionEvent], Sequence[PlayedBlock]]:
        """Return the playback events and the blocks (at 24 kHz) since the last call."""
        self._collect()
        self._feed()
        events, self._events = self._events, []
        blocks, self._blocks = self._blocks, []
        return events, blocks

    # --- in ----------------------------------------------------------------------------------

    def _admit(self, response_id: ResponseId) -> ReplyAudio | None:
        if len(self._queue) >= MAX_WAITING_REPLIES:
            return None
        reply = ReplyAudio(response_id, self._sink.rate_hz)
        self._accounts[response_id] = reply
        self._queue.append(reply)
        while len(self._accounts) > _ACCOUNTS_KEPT:
            old, _ = self._accounts.popitem(last=False)
            self._flushed.discard(old)
        return reply

    def _feed(self) -> None:
        """Keep the sink ``AHEAD_MS`` ahead with what may sound now."""
        ahead = self._sink.rate_hz * AHEAD_MS // 1000
        while self._sink.queued_frames < ahead:
            if self._unwritten:
                reply, samples = self._unwritten.popleft()
                if not self._write(reply, samples):
                    return
                continue
            head = self._head()
            if head is None:
                return
            samples = head.next_frames(_PIECE_FRAMES)
            self._write(head, samples)

    def _head(self) -> ReplyAudio | None:
        """Return the reply to feed now, or None."""
        while self._queue:
            head = self._queue[0]
            if head.drained:
                self._queue.popleft()
                self._finish_if_over(head)
                continue
            if len(self._queue) > 1 and head.ran_dry:
                head.ended = True
            enough = head.started or head.ended or head.waiting >= self._depth_frames
            if not enough or not head.has_more:
                return None
            if not head.started:
                waited_ms = head.waiting * 1000 / SESSION_RATE_HZ
                head.buffer_ms = min(self._depth.ms, waited_ms)
            return head
        return None

    @property
    def _depth_frames(self) -> int:
        return round(self._depth.ms * SESSION_RATE_HZ / 1000)

    def _write(self, reply: ReplyAudio, samples: Samples) -> bool:
        """Hand frames to the sink; keep what it refused; return whether it took any."""
        if not len(samples):
            return False
        took = self._sink.write(samples)
        if took:
            self._spans.append((reply, took))
        if took < len(samples):
            self._unwritten.append((reply, samples[took:]))
        return took > 0

    # --- out ---------------------------------------------------------------------------------

    def _collect(self) -> bool:
        """Account for what was handed over; return whether some of it never sounded."""
        unheard = False
        for block in self._sink.poll():
            if block.unheard_frames:
                self._unhear(block)
                unheard = True
                continue
            self._account(block)
            self._next = _Next.after(block, self._handed_ns(block))
            self._events += self._speech.reach(self._next.at_ns)
            self._keep(block)
        return unheard

    def _unhear(self, block: PlayedBlock) -> None:
        """Take back what a lost device never sounded: it is queued again, and told as unheard."""
        self._spans.extendleft(self._credits.take_back(block.unheard_frames))
        if self._to_session_rate is not None:
            self._blocks.extend(self._to_session_rate.flush())
        self._blocks.append(block)

    def _keep(self, block: PlayedBlock) -> None:
        """Keep what sounded, at 24 kHz; a device whose rate proves another begins anew."""
        if self._to_session_rate is None or self._to_session_rate.rate_hz != block.rate_hz:
            self._to_session_rate = SessionRateBlocks(block.rate_hz)
        self._blocks.extend(self._to_session_rate.push((block,)))

    def _account(self, block: PlayedBlock) -> None:
        """Credit a block's frames to the replies they belong to."""
        done = 0
        while done < block.taken_frames and self._spans:
            reply, frames = self._spans.popleft()
            count = min(frames, block.taken_frames - done)
            if count < frames:
                self._spans.appendleft((reply, frames - count))
            self._credits.add(reply, count)
            if reply is not None:
                at_ns = Nanoseconds(block.played_ns + done * _SECOND_NS // block.rate_hz)
                self._sound(reply, count, block.first_frame + done, at_ns)
                reply.handed_ns = self._handed_ns(block)
            done += count

    def _sound(self, reply: ReplyAudio, count: int, frame: int, at_ns: Nanoseconds) -> None:
        first = reply.sounded == 0 and reply.end_ns is None
        ran_dry_ns = reply.end_ns
        gap_ms = reply.sound(count, frame, at_ns)
        if first:
            if self._playing is not None:
                self._finish(self._playing)
            self._playing = reply
            self._events.append(_started(reply, at_ns))
        if gap_ms and ran_dry_ns is not None:
            stalled = PlaybackStalled(
                at_ns=ran_dry_ns, response_id=reply.response_id, stall_ms=gap_ms
            )
            self._events.append(stalled)
        self._hear(reply)
        self._finish_if_over(reply)

    def _hear(self, reply: ReplyAudio) -> None:
        """Tell what is newly known of when ``reply`` was audible."""
        heard_before = reply.audible_ns is not None
        for start_ns, end_ns, media_ms in reply.take_audible():
            self._events += self._speech.hear(start_ns, end_ns, reply.response_id, media_ms)
        if reply.audible_ns is not None and not heard_before:
            self._events.append(
                PlaybackAudible(
                    at_ns=reply.audible_ns,
                    response_id=reply.response_id,
                    media_ms=reply.leading_ms,
                )
            )

    def _foresee(self, at_ns: Nanoseconds) -> None:
        """Credit what could not be taken back to its replies: it follows the last block.

        It is handed over after ``at_ns``, as late as the latest callback of the last second.
        """
        late_ms = self._sink.callback_lag_ms(Nanoseconds(at_ns - _SECOND_NS)) or 0.0
        done = 0
        for reply, frames in self._spans:
            if reply is not None and self._next is None:
                reply.sounded += frames
            elif reply is not None and self._next is not None:
                sounds_ns, first = self._next.ahead(done)
                if not reply.sounded and reply.end_ns is None:
                    self._events.append(_started(reply, sounds_ns))
                reply.sound(frames, first, sounds_ns)
                handed_ns = self._next.handed(done + frames - 1) + round(late_ms * 1e6)
                reply.handed_ns = Nanoseconds(max(handed_ns, at_ns))
            done += frames

    def _finish_if_over(self, reply: ReplyAudio) -> None:
        if reply.over and reply is self._playing:
            self._finish(reply)

    def _finish(self, reply: ReplyAudio) -> None:
        assert reply.end_ns is not None
        self._playing = None
        self._hear(reply)
        self._depth.after_reply(reply.stalled_ms)
        self._events.append(
            PlaybackFinished(
                at_ns=reply.end_ns,
                response_id=reply.response_id,
                played_ms=reply.played_ms,
                audible_end_ns=reply.audible_end_ns,
            )
        )

    def _unfinished(self) -> list[ReplyAudio]:
        """Return the replies that a flush hits, in the order in which they play."""
        order: list[ReplyAudio | None] = [self._playing]
        order += [reply for reply, _ in self._spans]
        order += [reply for reply, _ in self._unwritten]
        order += self._queue
        return [reply for reply in dict.fromkeys(order) if reply is not None]

    def _forget_tail(self, frames: int) -> None:
        while frames and self._spans:
            reply, count = self._spans.pop()
            kept = max(count - frames, 0)
            if kept:
                self._spans.append((reply, kept))
            frames -= count - kept

    def _drop(self, reply: ReplyAudio, at_ns: Nanoseconds) -> PlaybackFlushed:
        reply.drop()
        self._hear(reply)
        self._flushed.add(reply.response_id)
        if reply.started:
            self._depth.after_reply(reply.stalled_ms)
        return PlaybackFlushed(
            at_ns=at_ns,
            response_id=reply.response_id,
            item_id=reply.item_at_head(),
            played_ms=reply.played_ms,
            dropped_ms=reply.arrived_ms - reply.played_ms,
            audible_end_ns=reply.audible_end_ns,
            silent_ns=reply.end_ns,
            handed_end_ns=reply.handed_ns,
            items=reply.items(),
        )

    def _handed_ns(self, block: PlayedBlock) -> Nanoseconds:
        """Return when a block was handed to the device."""
        if block.handed_ns is not None:
            return block.handed_ns
        return Nanoseconds(block.played_ns - round((self._sink.device_out_ms or 0.0) * 1e6))


def _started(reply: ReplyAudio, at_ns: Nanoseconds) -> PlaybackStarted:
    return PlaybackStarted(at_ns=at_ns, response_id=reply.response_id, buffer_ms=reply.buffer_ms)
