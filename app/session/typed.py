"""What the user of a recorded session typed, for another model to read."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.core.capabilities import Capabilities
from app.core.clock import Clock, Nanoseconds
from app.core.errors import ConfigError
from app.core.ports import StoredSession
from app.core.records import TurnRecord
from app.metrics.comparison_pairs import said_as
from app.session.dialogue import Dialogue
from app.session.parts import OpenedInput, Typed
from app.session.rerun import Cut
from app.session.turns import TurnTracker

_POLL_S: Final = 0.02
_HINT: Final = "Choose a model that takes typed messages."


def typed_turns(
    stored: StoredSession,
    messages: Iterable[tuple[Nanoseconds, str]],
    cuts: Sequence[Cut] = (),
    *,
    rate_hz: int,
) -> tuple[Typed, ...]:
    """Return the messages in order, each with what is spoken before it.

    Args:
        stored: The session.
        messages: Instant and text of each; those whose text was not kept are left out.
        cuts: What is spoken, in frames of the recording at ``rate_hz``, in order.
        rate_hz: Of ``cuts``.
    """
    t0_ns = stored.record.t0_ns
    found: list[Typed] = []
    for at_ns, text in messages:
        if not text:
            continue
        at_ms = (at_ns - t0_ns) / 1e6
        before = sum(cut.first * 1000 / rate_hz < at_ms for cut in cuts)
        name = _name(stored, at_ns) or f"typed {len(found) + 1}"
        found.append(Typed(text=text, at_ms=at_ms, after=before, name=name))
    return tuple(found)


def _name(stored: StoredSession, at_ns: Nanoseconds) -> str | None:
    """Return what the turn is called that a message began: the first answered after it."""
    typed = (turn for turn in stored.turns if turn.text_messages)
    return next((said_as(turn) for turn in typed if _answered_ns(turn) >= at_ns), None)


def _answered_ns(turn: TurnRecord) -> int:
    """Return the last that is known of a turn: no message that began it came later."""
    known = (turn.done_ns, turn.last_audio_ns, turn.tok1_ns, turn.create_ns)
    return max((at for at in known if at is not None), default=0)


def taken_by(opened: OpenedInput, can: Capabilities, title: str) -> OpenedInput:
    """Return what of ``opened`` an endpoint takes, with a sentence about what it does not.

    Raises:
        ConfigError: If it takes no typed messages and there is nothing else.
    """
    if can.text_input or not opened.typed:
        return opened
    n = len(opened.typed)
    if opened.script is None:
        raise ConfigError(
            f"{title} takes no typed messages, and the recorded session has nothing else.",
            hint=_HINT,
        )
    left = "the typed message is" if n == 1 else f"{n} typed messages are"
    told = f"{title} takes no typed messages: {left} left out"
    return replace(opened, typed=(), warnings=(*opened.warnings, told))


@dataclass(slots=True)
class Typist:
    """Sends typed messages again. All calls on the engine's loop.

    Attributes:
        left: What has not been sent, in order.
        name: What a turn is called that a message begins now, else None.
    """

    left: list[Typed]
    clock: Clock
    name: str | None = None

    def due(self, spoken_n: int) -> bool:
        """Whether the next message comes before anything more is spoken."""
        return bool(self.left) and self.left[0].after <= spoken_n

    async def send(self, dialogue: Dialogue) -> None:
        """Send the next message; a reply under way is stopped, as it was by whoever typed."""
        message = self.left.pop(0)
        self.name = message.name
        try:
            await dialogue.say(message.text)
        finally:
            self.name = None

    async def send_in_turn(self, dialogue: Dialogue, tracker: TurnTracker) -> None:
        """Send the next message and return when its turn is over, which may be open already."""
        begun_n, joins = tracker.begun_n, tracker.busy
        await self.send(dialogue)
        while tracker.busy or (tracker.begun_n == begun_n and not joins):  # noqa: ASYNC110 - polled
            await asyncio.sleep(_POLL_S)

    async def keep_pace(self, dialogue: Dialogue, zero_ns: Nanoseconds) -> None:
        """Send each message when it was sent then; ``zero_ns`` is the recording's begin."""
        while self.left:
            due_ns = zero_ns + round(self.left[0].at_ms * 1e6)
            await asyncio.sleep(max((due_ns - self.clock.now_ns()) / 1e9, 0.0))
            await self.send(dialogue)
