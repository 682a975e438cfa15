"""Five common workloads, priced as text and as speech.

Their token counts are those that a public profile of gpt-4o-mini-realtime gives, at a price of
$0.00 for each. The same words cost many times as much when they are spoken as when they are
typed: a second of speech is 10 audio tokens of the user's or 20 of the agent's, for 3.5 tokens
of text, and an audio token costs more than one of text.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.core.money import Cost, PriceRow
from app.metrics.cost import price
from app.metrics.projection import (
    AGENT_TOKENS_PER_S,
    USER_TOKENS_PER_S,
    WORD_TOKENS_PER_S,
    Exchange,
    conversation_meters,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A kind of conversation.

    Attributes:
        tokens_in: Text tokens of the user's words in a turn; ``tokens_out`` of the reply's.
        represents: For people.
    """

    id: str
    title: str
    tokens_in: int
    tokens_out: int
    turns: int
    represents: str

    @property
    def as_text(self) -> Exchange:
        """A turn of it, typed on both sides."""
        return Exchange(text_in=self.tokens_in, text_out=self.tokens_out)

    @property
    def as_speech(self) -> Exchange:
        """A turn of it, the same words spoken on both sides, with the reply's transcript."""
        user_s = self.tokens_in / WORD_TOKENS_PER_S
        agent_s = self.tokens_out / WORD_TOKENS_PER_S
        return Exchange(
            audio_in=user_s * USER_TOKENS_PER_S,
            audio_out=agent_s * AGENT_TOKENS_PER_S,
            text_out=self.tokens_out,
            seconds=user_s + agent_s,
        )


WORKLOADS: Final = (
    Workload(
        id="support",
        title="Live Customer Support",
        tokens_in=500,
        tokens_out=500,
        turns=10,
        represents="A complete support conversation.",
    ),
    Workload(
        id="translation",
        title="Real-time Voice Translation",
        tokens_in=150,
        tokens_out=150,
        turns=1,
        represents="A single, quick exchange in a travel app.",
    ),
    Workload(
        id="code",
        title="Interactive Code Assistant",
        tokens_in=2_000,
        tokens_out=1_500,
        turns=1,
        represents="A developer asking for help with a function.",
    ),
    Workload(
        id="meeting",
        title="Meeting Summary",
        tokens_in=20_000,
        tokens_out=1_000,
        turns=1,
        represents="The transcript of 15 minutes, summarised.",
    ),
    Workload(
        id="moderation",
        title="Content Moderation",
        tokens_in=100,
        tokens_out=10,
        turns=1,
        represents="One comment, classified.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadCost:
    """What one conversation of a workload comes to, nothing of it cached.

    Attributes:
        times: How many times as much speech costs as text; None where either is unpriced, or
            text costs nothing.
        speech_s: How long both sides speak.
    """

    workload: Workload
    text: Cost
    speech: Cost
    times: Decimal | None
    speech_s: float


def workload_cost(workload: Workload, row: PriceRow | None, cached: float = 0.0) -> WorkloadCost:
    """Return what a conversation comes to as text and as speech, earlier turns billed again.

    Args:
        workload: The kind of conversation.
        row: Any prices.
        cached: Share of what was there at the response before that is cached, 0 to 1.
    """
    text, speech = (
        price(conversation_meters(each, workload.turns, cached=cached), row)
        for each in (workload.as_text, workload.as_speech)
    )
    times = None
    if text.usd and speech.usd is not None:
        times = speech.usd / text.usd
    return WorkloadCost(
        workload=workload,
        text=text,
        speech=speech,
        times=times,
        speech_s=workload.as_speech.seconds * workload.turns,
    )
