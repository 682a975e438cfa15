"""Microphones that need no device: silence, and speech that is spoken when told to.

Each keeps real time by the clock: a block exists only when its last sample would have been
captured. After a stall of the caller all blocks that are owed come, in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.audio.clip import Clip, RecordedSpeech
from app.audio.wav import read_wav_info
from app.core.audio_format import SESSION_RATE_HZ, AudioBlock, Samples, StreamHealth
from app.core.clock import Clock, Nanoseconds
from app.core.errors import DeviceError
from app.dsp.pcm import concat, silence

BLOCK_FRAMES: Final = 480
BLOCK_NS: Final = Nanoseconds(BLOCK_FRAMES * 1_000_000_000 // SESSION_RATE_HZ)
MAX_UTTERANCES: Final = 10_000
PAUSE_MS: Final = 300
"""Silence inside speech that does not end it."""

_MAX_BLOCKS_PER_POLL = 500
_MAX_OWED_BLOCKS = 30 * SESSION_RATE_HZ // BLOCK_FRAMES
_DECODE_STEPS_PER_POLL = 2
_SECOND_NS = 1_000_000_000


def _frames_to_ns(frames: int) -> int:
    return frames * _SECOND_NS // SESSION_RATE_HZ


class Pace:
    """Says which blocks exist by now. A pause of more than 30 s (a sleeping machine) is skipped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start_ns: int | None = None
        self._next = 0
        self.skipped = 0
        self.skips = 0

    def start(self) -> None:
        """Let block 0 begin now, if it has not."""
        if self._start_ns is None:
            self._start_ns = self._clock.now_ns()

    def due(self) -> range:
        """Return the blocks that became whole since the last call, at most 10 s of them."""
        if self._start_ns is None:
            return range(0)
        whole = (self._clock.now_ns() - self._start_ns) // BLOCK_NS
        if whole - self._next > _MAX_OWED_BLOCKS:
            self.skipped += (whole - self._next - 1) * BLOCK_FRAMES
            self.skips += 1
            self._next = whole - 1
        first = self._next
        self._next = min(whole, first + _MAX_BLOCKS_PER_POLL)
        return range(first, self._next)

    def begin_ns(self, block: int) -> Nanoseconds:
        """Return the instant of a block's first sample."""
        assert self._start_ns is not None
        return Nanoseconds(self._start_ns + block * BLOCK_NS)

    @property
    def next_ready_ns(self) -> Nanoseconds | None:
        """When the next block becomes whole; None before the start."""
        return None if self._start_ns is None else self.begin_ns(self._next + 1)

    @property
    def first_future(self) -> int:
        """The first block that is neither given nor begun."""
        if self._start_ns is None:
            return 0
        return max(self._next, -(-(self._clock.now_ns() - self._start_ns) // BLOCK_NS))


def _block(pace: Pace, index: int, samples: Samples) -> AudioBlock:
    samples.setflags(write=False)
    return AudioBlock(samples, SESSION_RATE_HZ, pace.begin_ns(index), index * BLOCK_FRAMES)


class _Paced:
    """What all of them share: the pace is the only thing that can go wrong."""

    def __init__(self, clock: Clock) -> None:
        self._pace = Pace(clock)
        self._closed = False

    def next_ready_ns(self) -> Nanoseconds | None:
        """Return when the next block will exist; None before ``open``."""
        return self._pace.next_ready_ns

    @property
    def device_clock(self) -> str:
        """Instants are the clock's own."""
        return "digital"

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        """Return None: there are no callbacks."""
        del since_ns
        return None

    @property
    def problem(self) -> str:
        """Return "": nothing can take it away."""
        return ""

    @property
    def health(self) -> StreamHealth:
        """Counters so far."""
        return StreamHealth(dropped_frames=self._pace.skipped, restarts=self._pace.skips)


class SilentMicrophone(_Paced):
    """A microphone in a silent room: an ``AudioSource`` of zeros."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._zeros = silence(BLOCK_FRAMES)

    @property
    def name(self) -> str:
        """Name for people and records."""
        return "silence"

    def open(self) -> None:
        """Start."""
        self._pace.start()

    def poll(self) -> Sequence[AudioBlock]:
        """Return the blocks that became whole since the last call."""
        if self._closed:
            return ()
        return tuple(_block(self._pace, i, self._zeros) for i in self._pace.due())

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        """Return None: silence has no speech."""
        del at_ns
        return None

    @property
    def finished(self) -> bool:
        """False: silence goes on."""
        return False

    def close(self) -> None:
        """Stop. Safe to call twice."""
        self._closed = True


@dataclass(slots=True)
class _Utterance:
    clip: Clip
    first_frame: int
    start_ns: int

    def frame_at(self, at_ns: int) -> int:
        return (at_ns - self.start_ns) * SESSION_RATE_HZ // _SECOND_NS

    def instant(self, frame: int | None) -> Nanoseconds | None:
        return None if frame is None else Nanoseconds(self.start_ns + _frames_to_ns(frame))


class ScriptedMicrophone(_Paced):
    """A microphone that speaks files or recorded speech when told to: a ``ScriptedSource``.

    Silence flows before, between and after. Files are decoded as they are spoken, a minute
    ahead at most. An utterance begins with the first block that begins after ``speak_next``.

    Args:
        paths: WAV files, or speech cut from a recording, in the order of being spoken.
        clock: Keeps the pace.
        warnings: Sentences about what is odd with them, known beforehand.
    """

    continuous = False

    def __init__(
        self,
        paths: Sequence[Path | RecordedSpeech],
        clock: Clock,
        warnings: Sequence[str] = (),
    ) -> None:
        super().__init__(clock)
        self._paths = tuple(paths)
        self._begun = 0
        self._ahead: Clip | None = None
        self._now: _Utterance | None = None
        self._last: tuple[_Utterance, ...] = ()
        self._warnings = list(warnings)

    @property
    def name(self) -> str:
        """Name for people and records."""
        return ", ".join(path.name for path in self._paths[:3]) + (
            f" and {len(self._paths) - 3} more" if len(self._paths) > 3 else ""  # noqa: PLR2004
        )

    @property
    def warnings(self) -> Sequence[str]:
        """What is odd with the files, a sentence each: e.g. one that is cut short."""
        return tuple(dict.fromkeys(self._warnings))

    def open(self) -> None:
        """Check every file, then start.

        Raises:
            DeviceError: If there is no file, too many, or one that cannot be used.
        """
        if not self._paths:
            raise DeviceError("there is no file to speak", hint="Give at least one WAV file.")
        if len(self._paths) > MAX_UTTERANCES:
            raise DeviceError(
                f"{len(self._paths)} files are too many", hint=f"Give {MAX_UTTERANCES} at most."
            )
        infos = [read_wav_info(path) for path in self._paths if isinstance(path, Path)]
        self._warnings += [info.warning for info in infos if info.warning]
        self._ahead = Clip(self._paths[0])
        self._pace.start()

    def poll(self) -> Sequence[AudioBlock]:
        """Return the blocks that became whole since the last call, oldest first."""
        if self._closed:
            return ()
        skipped_before = self._pace.skipped
        due = self._pace.due()
        if self._now is not None:
            self._now.start_ns += _frames_to_ns(self._pace.skipped - skipped_before)
        blocks = tuple(_block(self._pace, i, self._samples(i)) for i in due)
        clip = self._now.clip if self._now is not None else self._ahead
        for _ in range(_DECODE_STEPS_PER_POLL if clip is not None else 0):
            if clip is not None and not clip.decode_step():
                break
        return blocks

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        """Return the annotated end of the last speech at or before ``at_ns``, to the sample."""
        for utterance in self._known():
            frame = utterance.clip.speech.end_before(utterance.frame_at(at_ns))
            if frame is not None:
                return utterance.instant(frame)
        return None

    def speech_start_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        """Return where the last speech at or before ``at_ns`` began, to the sample.

        Pauses of up to ``PAUSE_MS`` are inside it.
        """
        for utterance in self._known():
            frame = utterance.frame_at(at_ns)
            start = utterance.clip.speech.start_before(frame, pause_ms=PAUSE_MS)
            if start is not None:
                return utterance.instant(start)
        return None

    @property
    def finished(self) -> bool:
        """Whether all has been said."""
        return not self.remaining and not self.speaking

    @property
    def remaining(self) -> int:
        """Utterances that have not begun."""
        return len(self._paths) - self._begun

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        return self._now is not None

    @property
    def utterance_name(self) -> str | None:
        """File name of the utterance that is under way or ended last."""
        known = self._known()
        return known[0].clip.name if known else None

    @property
    def next_name(self) -> str | None:
        """Name of the utterance that ``speak_next`` would begin, or None."""
        return self._paths[self._begun].name if self.remaining else None

    def speak_next(self) -> bool:
        """Begin the next file at the next block; False if there is none or one is under way.

        Raises:
            DeviceError: If the file can no longer be used.
        """
        if not self.remaining or self.speaking or self._closed or self._pace.next_ready_ns is None:
            return False
        path = self._paths[self._begun]
        self._begun += 1
        clip, self._ahead = self._ahead or Clip(path), None
        index = self._pace.first_future
        self._now = _Utterance(clip, index * BLOCK_FRAMES, self._pace.begin_ns(index))
        return True

    def close(self) -> None:
        """Stop. Safe to call twice."""
        self._closed = True
        for clip in (self._ahead, self._now.clip if self._now else None):
            if clip is not None:
                clip.close()

    def _known(self) -> tuple[_Utterance, ...]:
        """Return the utterance under way and the one before it, newest first."""
        return ((self._now,) if self._now is not None else ()) + self._last

    def _samples(self, index: int) -> Samples:
        pieces: list[Samples] = []
        missing = BLOCK_FRAMES
        while missing and self._now is not None and index * BLOCK_FRAMES >= self._now.first_frame:
            pieces.append(self._now.clip.take(missing))
            missing -= len(pieces[-1])
            if missing:
                self._end(self._now, self._pace.begin_ns(index), BLOCK_FRAMES - missing)
        return concat((*pieces, silence(missing))) if missing or len(pieces) != 1 else pieces[0]

    def _end(self, utterance: _Utterance, block_ns: Nanoseconds, frames: int) -> None:
        """Note that an utterance is over, so many frames after ``block_ns``."""
        del block_ns, frames
        if utterance.clip.warning:
            self._warnings.append(utterance.clip.warning)
        self._last = (utterance,)
        self._now = None
        if self._begun < len(self._paths):
            try:
                self._ahead = Clip(self._paths[self._begun])
            except DeviceError:
                self._ahead = None  # ``speak_next`` raises it again, where it can be told


class RecordedMicrophone(ScriptedMicrophone):
    """A microphone that gives one side of a recording as it was: a ``ScriptedSource``.

    The whole of it is one utterance, in pieces that follow each other to the sample, whatever
    anybody says meanwhile.

    Args:
        pieces: The recording, cut where nobody speaks, each piece with its name.
        clock: Keeps the pace.
        warnings: Sentences about what is odd with it, known beforehand.
    """

    continuous = True

    def __init__(
        self, pieces: Sequence[RecordedSpeech], clock: Clock, warnings: Sequence[str] = ()
    ) -> None:
        super().__init__(pieces, clock, warnings)

    @property
    def remaining(self) -> int:
        """1 before it begins."""
        return 0 if self._begun else 1

    def _end(self, utterance: _Utterance, block_ns: Nanoseconds, frames: int) -> None:
        super()._end(utterance, block_ns, frames)
        clip, self._ahead = self._ahead, None
        if clip is not None:
            self._begun += 1
            self._now = _Utterance(clip, 0, block_ns + _frames_to_ns(frames))
