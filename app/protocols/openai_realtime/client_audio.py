"""Audio between the wire and what the product knows: PCM16 at 24 kHz."""

from app.core.audio_format import SESSION_RATE_HZ
from app.core.clock import Nanoseconds
from app.core.ids import ItemId
from app.dsp.low_lag import live_stream
from app.dsp.pcm import from_bytes, to_bytes
from app.protocols.openai_realtime.client_formats import PCM_24K, WireSound

_SECOND_NS = 1_000_000_000


class UserAudioWriter:
    """Makes wire audio of one connection's user, who is PCM16 at 24 kHz. Not thread-safe.

    PCM16 at 24 kHz passes through untouched. Anything else is resampled as one stream, so
    that pieces join without clicks; the wire's frame ``k`` is the user at ``k`` divided by
    the wire's rate, counted from the beginning, the last ``finish`` or ``forget``.

    Attributes:
        sound: What is written.
    """

    def __init__(self, sound: WireSound = PCM_24K) -> None:
        self.sound = sound
        self._stream = live_stream(SESSION_RATE_HZ, sound.rate_hz)

    @property
    def held_ns(self) -> Nanoseconds:
        """How much of the audio so far is not written yet: it comes with the next piece."""
        return Nanoseconds(self._stream.delay_frames * _SECOND_NS // self.sound.rate_hz)

    def use(self, sound: WireSound) -> None:
        """Write ``sound`` from now on; what is held of the audio before is gone."""
        if sound != self.sound:
            self.sound = sound
            self._stream = live_stream(SESSION_RATE_HZ, sound.rate_hz)

    def write(self, pcm: bytes) -> bytes:
        """Return as much of the stream with ``pcm``, whole samples, as is ready."""
        if self.sound == PCM_24K:
            return pcm
        return self.sound.compress(self._stream.push(from_bytes(pcm)))

    def finish(self) -> bytes:
        """Return what is held, and begin a new stream."""
        return self.sound.compress(self._stream.flush())

    def forget(self) -> None:
        """Drop what is held, and begin a new stream."""
        self._stream.reset()


class ReplyAudioReader:
    """Makes 24 kHz PCM16 of one connection's reply audio. Not thread-safe.

    PCM16 at 24 kHz passes through untouched. Anything else is resampled as one stream per
    content part, so that pieces join without clicks; ``finish`` gives the stream's tail. Half
    a sample at the end of a piece waits for the next piece of its content part.
    """

    def __init__(self, sound: WireSound = PCM_24K) -> None:
        self._sound = sound
        self._part: tuple[ItemId, int] | None = None
        self._half = b""
        self._stream = live_stream(sound.rate_hz, SESSION_RATE_HZ)

    def use(self, sound: WireSound) -> None:
        """Read ``sound`` from now on."""
        if sound == self._sound:
            return
        self._sound = sound
        self._part = None
        self._stream = live_stream(sound.rate_hz, SESSION_RATE_HZ)

    def read(self, octets: bytes, item_id: ItemId, content_index: int) -> bytes:
        """Return ``octets`` as PCM16 at 24 kHz, as much of it as is ready."""
        if self._part != (item_id, content_index):
            self._part = (item_id, content_index)
            self._half = b""
            self._stream.reset()
        if self._sound.sample_bytes > 1:
            octets = self._whole(octets)
        if self._sound == PCM_24K:
            return octets
        return to_bytes(self._stream.push(self._sound.expand(octets)))

    def finish(self, item_id: ItemId, content_index: int) -> bytes:
        """Return what the resampler still holds of this content part; usually nothing."""
        if self._part != (item_id, content_index):
            return b""
        self._part = None
        return to_bytes(self._stream.flush())

    def _whole(self, octets: bytes) -> bytes:
        if self._half:
            octets = self._half + octets
        cut = len(octets) % self._sound.sample_bytes
        self._half = octets[len(octets) - cut :]
        return octets[:-cut] if cut else octets
