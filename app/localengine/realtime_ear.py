"""One session's hearing: appended audio becomes speech marks and the words of utterances."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.localengine.listening_rate import ListeningRate
from app.localengine.ports import (
    LISTENING_RATE_HZ,
    DetectorSettings,
    ExpectReply,
    SpeechEngine,
    SpeechMark,
    Utterance,
    Waveform,
)

STEP_FRAMES: Final = SESSION_RATE_HZ * 20 // 1000
"""Audio is heard in steps of 20 ms, however much a client appends at once."""

_ONSET_SLACK_MS: Final = 500
"""Audio kept beyond the padding: a detector dates an onset back by less than this."""


def steps(samples: Samples) -> Iterator[Samples]:
    """Cut ``samples`` into steps."""
    return (samples[at : at + STEP_FRAMES] for at in range(0, len(samples), STEP_FRAMES))


class Ear:
    """Detector, padding and recognition of one session. All calls on the server's loop.

    Args:
        engine: Gives the detector and recognises.
        on_partial: Gets the whole text so far of the utterance being spoken.
        expected: From the words that seem to be final to the reply that they would bring.
    """

    def __init__(
        self,
        engine: SpeechEngine,
        on_partial: Callable[[str], None],
        expected: ExpectReply | None = None,
    ) -> None:
        self._engine = engine
        self._expected = expected
        self._on_partial = on_partial
        self._detector = engine.detector()
        self._rate = ListeningRate()
        self._settings: DetectorSettings | None = DetectorSettings()
        self._kept: deque[Waveform] = deque()
        self._kept_frames = 0
        self._utterance: Utterance | None = None
        self._frames = 0
        self._undetected_frames = 0

    @property
    def heard_ms(self) -> float:
        """Audio heard since the session began: the session's media clock."""
        return self._frames * 1000 / LISTENING_RATE_HZ

    def configure(self, settings: DetectorSettings | None) -> None:
        """Use these settings from now on; None is push to talk, which has no detector."""
        if (settings is None) != (self._settings is None):
            self.restart()
        self._settings = settings
        if settings is not None:
            self._detector.configure(settings)

    def require(self, least_ms: float) -> None:
        """Take sound that begins from now on for speech only if it lasts so long."""
        if self._settings is not None and self._settings.least_ms != least_ms:
            self.configure(replace(self._settings, least_ms=least_ms))

    def hear(self, samples: Samples) -> Iterator[SpeechMark]:
        """Take one step of 24 kHz audio; give each mark before anything follows from it."""
        audio = self._rate.push(samples)
        self._frames += len(audio)
        self._keep(audio)
        if self._settings is None:
            self._utterance = self._utterance or self._listen()
        if self._utterance is not None:
            self._utterance.feed(audio, speech=True)
        if self._settings is None:
            self._undetected_frames += len(audio)
            return
        passed_ms = self._undetected_frames * 1000 / LISTENING_RATE_HZ
        for found in self._detector.feed(audio):
            mark = replace(found, at_ms=found.at_ms + passed_ms)
            yield mark
            if mark.started:
                self._begin(mark.at_ms - self._settings.prefix_padding_ms)

    def take_utterance(self) -> Utterance:
        """Return what was being said; the ear listens for the next. The caller finishes it."""
        utterance = self._utterance
        if utterance is None:
            utterance = self._engine.listen(_nobody)
            for audio in self._kept:
                utterance.feed(audio, speech=False)
        self._utterance = None
        return utterance

    def restart(self) -> None:
        """Let the detector and the padding begin anew; what is being said goes on."""
        self._kept.clear()
        self._kept_frames = 0
        self._detector.reset()

    def forget(self) -> None:
        """Drop what was being said and what was kept of it."""
        if self._utterance is not None:
            self._utterance.cancel()
            self._utterance = None
        self.restart()

    def _listen(self) -> Utterance:
        return self._engine.listen(self._on_partial, self._expected)

    def _keep(self, audio: Waveform) -> None:
        kept_ms = float(_ONSET_SLACK_MS)
        if self._settings is not None:
            kept_ms += self._settings.prefix_padding_ms + self._settings.least_ms
        most = round(kept_ms * LISTENING_RATE_HZ / 1000)
        self._kept.append(audio)
        self._kept_frames += len(audio)
        while self._kept_frames - len(self._kept[0]) >= most:
            self._kept_frames -= len(self._kept.popleft())

    def _begin(self, start_ms: float) -> None:
        if self._utterance is not None:
            self._utterance.cancel()
        self._utterance = self._listen()
        start = round(start_ms * LISTENING_RATE_HZ / 1000)
        at = self._frames - self._kept_frames
        for audio in self._kept:
            if at + len(audio) > start:
                self._utterance.feed(audio[max(start - at, 0) :], speech=True)
            at += len(audio)


def _nobody(text: str) -> None:
    """Take a partial text that nobody waits for."""
    del text
