"""Microphones, loudspeakers and what listens to them."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import AudioBlock, PlayedBlock, Samples, StreamHealth
from app.core.clock import Nanoseconds
from app.core.events import SessionEvent
from app.core.ids import ItemId, ResponseId


class AudioSource(Protocol):
    """A microphone: a device, a file, a script or silence.

    ``poll`` never blocks. A file's frames exist only once their last sample would have been
    captured in real time.
    """

    @property
    def name(self) -> str:
        """Name for people and records."""
        ...

    def open(self) -> None:
        """Start. The first frame's instant is near this call.

        Raises:
            DeviceError: If the device or file cannot be used.
        """
        ...

    def poll(self) -> Sequence[AudioBlock]:
        """Return the blocks captured since the last call, oldest first."""
        ...

    def next_ready_ns(self) -> Nanoseconds | None:
        """Return when the next block will exist, or None where only polling tells."""
        ...

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        """Return the annotated end of the last speech at or before ``at_ns``.

        None where the source has no annotation (a live device): the caller then uses its
        own detector.
        """
        ...

    @property
    def finished(self) -> bool:
        """Whether a script has said all it has; a device never has."""
        ...

    @property
    def device_clock(self) -> str:
        """How its instants are known: "measured", "assumed" or "digital"."""
        ...

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        """Return the largest lateness of a callback from ``since_ns`` on, or None without one.

        Asking changes nothing: any number of readers may ask, each about its own stretch.
        """
        ...

    @property
    def problem(self) -> str:
        """Why it gives or takes no audio at the moment, one sentence, or ""."""
        ...

    @property
    def health(self) -> StreamHealth:
        """Counters so far."""
        ...

    def close(self) -> None:
        """Stop. Safe to call twice."""
        ...


class ScriptedSource(AudioSource, Protocol):
    """A microphone that speaks files or recorded speech, each when told to."""

    @property
    def remaining(self) -> int:
        """Utterances that have not begun."""
        ...

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        ...

    @property
    def continuous(self) -> bool:
        """Whether its utterance is a whole recording: that it is under way tells of no speech."""
        ...

    @property
    def utterance_name(self) -> str | None:
        """Name of the utterance that is under way or ended last."""
        ...

    @property
    def next_name(self) -> str | None:
        """Name of the utterance that ``speak_next`` would begin, or None."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences about odd files, e.g. one that is cut short; known once open."""
        ...

    def speech_start_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        """Return where the last speech at or before ``at_ns`` began, or None."""
        ...

    def speak_next(self) -> bool:
        """Begin the next utterance at the next block; False if there is none."""
        ...


class AudioSink(Protocol):
    """A loudspeaker: a device, or a null one that keeps real time."""

    @property
    def name(self) -> str:
        """Name for people and records."""
        ...

    @property
    def rate_hz(self) -> int:
        """Rate it plays at; ``write`` takes frames of this rate."""
        ...

    @property
    def queued_frames(self) -> int:
        """Frames accepted and not yet handed to the DAC."""
        ...

    @property
    def device_clock(self) -> str:
        """How its instants are known: "measured", "assumed" or "digital"."""
        ...

    def open(self) -> None:
        """Start playing silence.

        Raises:
            DeviceError: If the device cannot be used.
        """
        ...

    def write(self, samples: Samples) -> int:
        """Queue frames; return how many fitted. The rest is the caller's to count."""
        ...

    def flush(self) -> int:
        """Drop what is queued; return the frames dropped. Nothing is handed over any more.

        ``poll`` then tells of all that was. A sink that can not take its last block back says
        so by ``queued_frames``.
        """
        ...

    def poll(self) -> Sequence[PlayedBlock]:
        """Return what the DAC was given since the last call, oldest first, silence included."""
        ...

    @property
    def device_out_ms(self) -> float | None:
        """From the hand-over of a block to its first frame's ``played_ns``; None: no device.

        ``played_ns`` less this is the hand-over: what a player can be held to account for.
        """
        ...

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        """Return the largest lateness of a callback from ``since_ns`` on, or None without one.

        Asking changes nothing: any number of readers may ask, each about its own stretch.
        """
        ...

    @property
    def problem(self) -> str:
        """Why it gives or takes no audio at the moment, one sentence, or ""."""
        ...

    @property
    def health(self) -> StreamHealth:
        """Counters so far."""
        ...

    def close(self) -> None:
        """Stop. Safe to call twice."""
        ...


class Player(Protocol):
    """Plays replies through a sink: jitter buffer, flush, and an exact account of what sounded.

    All calls on the engine's loop. Samples are mono int16 at 24 kHz on both sides of it,
    whatever the device's rate.
    """

    @property
    def playing(self) -> ResponseId | None:
        """The reply that has begun to sound and is not over, or None."""
        ...

    @property
    def buffer_ms(self) -> float:
        """The jitter buffer's present depth: how much must be queued before a reply starts."""
        ...

    @property
    def refused_frames(self) -> int:
        """Frames of replies that did not fit, at 24 kHz."""
        ...

    @property
    def sink(self) -> AudioSink:
        """The loudspeaker, for its name, health and clock."""
        ...

    def play(self, response_id: ResponseId, item_id: ItemId, samples: Samples) -> int:
        """Queue a piece of a reply; return the frames that did not fit (and were counted)."""
        ...

    def end(self, response_id: ResponseId) -> None:
        """No more audio of this reply will come."""
        ...

    def flush(self, at_ns: Nanoseconds) -> Sequence[SessionEvent]:
        """Drop what is queued, at once; return a PlaybackFlushed for each reply it hit.

        Later pieces of a flushed reply are refused (and not counted as drops).
        """
        ...

    def played_ms(self, item_id: ItemId) -> float:
        """Milliseconds of this item that the loudspeaker was given."""
        ...

    def poll(self) -> tuple[Sequence[SessionEvent], Sequence[PlayedBlock]]:
        """Return the playback events and the blocks (at 24 kHz) since the last call."""
        ...


class VoiceActivity(Protocol):
    """A streaming speech detector at 16 kHz, fed 512 samples (32 ms) at a time."""

    def reset(self) -> None:
        """Forget all context."""
        ...

    def probability(self, frame: NDArray[np.float32]) -> float:
        """Return the speech probability of ``frame``, shape (512,), range [-1, 1)."""
        ...


class VoiceProcessor(Protocol):
    """Echo cancellation, noise suppression, gain and high-pass, 10 ms at a time at 24 kHz.

    Not thread-safe; one stream each.
    """

    def process(self, near: Samples, far: Samples) -> Samples:
        """Return ``near`` with what is switched on done to it.

        Args:
            near: The microphone, shape (240,).
            far: What the loudspeaker sounded at the very instants of ``near`` (its DAC
                instants), silence where it sounded nothing, shape (240,).
        """
        ...

    @property
    def delay_frames(self) -> int:
        """By how many frames at 24 kHz what comes out is late."""
        ...
