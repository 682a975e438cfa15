"""Stopping a reply as soon as our own ears hear the user, before the provider has noticed."""

from collections.abc import Callable
from typing import Final

from app.core.clock import Clock, Nanoseconds
from app.core.conduct import BargeIn
from app.session.speech_ends import SpeechEnds

ECHO_NS: Final = 200_000_000
"""What was an echo is one for so long at least: the agent's word goes on."""

_OFF: Final = BargeIn(enabled=False)


class LocalEars:
    """Decides that the user wants the floor. All calls on the engine's loop.

    It is decided once so much speech has been heard while a reply sounds: neither what was said
    before it sounded nor the detector's hangover counts.
    What is heard is what the model hears: processed where the microphone is processed, silence
    while it is muted or half duplex. The agent's own voice in that decides nothing: see
    ``is_echo``.

    Args:
        ends: Knows the speech; fed with each frame before ``listen``.
        clock: Dates the decision.
        sounding: Whether a reply sounds.
        decide: Gets the instant of a decision, at once.

    Attributes:
        wish: What the user wants of it.
        is_echo: Whether all that the microphone hears at an instant is the reply itself, so that
            the agent would interrupt itself. Asked where it would be decided, and after a yes
            not again for ECHO_NS.
    """

    def __init__(
        self,
        ends: SpeechEnds,
        clock: Clock,
        sounding: Callable[[], bool],
        decide: Callable[[Nanoseconds], None],
    ) -> None:
        self._ends = ends
        self._clock = clock
        self._sounding = sounding
        self._decide = decide
        self.wish = _OFF
        self.is_echo: Callable[[Nanoseconds], bool] = lambda _: False
        self._deaf_until_ns = Nanoseconds(0)
        self._before_ms = 0.0

    def listen(self) -> None:
        """Decide on what has been heard by now."""
        heard_ms = self._ends.heard_ms
        if not self._sounding():
            self._before_ms = heard_ms
        elif heard_ms < self._before_ms:
            self._before_ms = 0.0  # other speech
        if not (self.wish.enabled and self.wish.local):
            return
        if heard_ms - self._before_ms >= max(self.wish.local_speech_ms, 1):
            self._consider()

    def _consider(self) -> None:
        """Decide, unless it is the agent's own voice."""
        now_ns = self._clock.now_ns()
        if now_ns < self._deaf_until_ns:
            return
        if self.is_echo(now_ns):
            self._deaf_until_ns = Nanoseconds(now_ns + ECHO_NS)
        else:
            self._decide(now_ns)
