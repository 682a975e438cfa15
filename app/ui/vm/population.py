"""Which turns the window's quantiles are of, kept up as turns come and go.

Source: metrics specification, rule 9, L1 and L17, by the rule of ``app.metrics.counted``.
"""

from collections import Counter
from typing import Final

from app.core.records import TurnRecord
from app.metrics.counted import Choice, choose, measured

Kind = tuple[bool, bool]
"""Whether a turn has a tool, and whether it is the first of its session."""

KINDS: Final[tuple[Kind, ...]] = ((False, False), (False, True), (True, False), (True, True))
OF_EVERY_TURN: Final = frozenset(
    {
        "tool_decide_ms",
        "tool_exec_ms",
        "tool_resume_ms",
        "tool_v2v_ms",
        "yield_ms",
        "local_stop_ms",
        "server_stop_ms",
        "server_cancel_ms",
        "cancel_last_audio_ms",
        "cancel_done_ms",
        "vad_on_latency_ms",
        "overspeech_ms",
        "overspeech_words",
        "overlap_ms",
    }
)
"""Metrics of tools and of interruptions: first turns and those with a tool count, too."""


def kind_of(turn: TurnRecord) -> Kind:
    """Return what may set a turn apart."""
    return turn.has_tool, turn.is_first_turn


class Population:
    """Measured turns by kind; the rest are counted by their outcome alone.

    Attributes:
        choice: What the rule says of the turns there are.
        kind: The one kind of turn that counts: those with a tool only where there are no
            others, and first ones only where there are none besides.
    """

    def __init__(self) -> None:
        self._counts: Counter[Kind] = Counter()
        self._samples: dict[Kind, TurnRecord] = {}
        self.choice: Choice = choose([()])
        self.kind = KINDS[0]

    def add(self, turn: TurnRecord, by: int = 1) -> None:
        """Count a turn if it is measured; ``by`` -1 takes it out."""
        if not measured(turn):
            return
        kind = kind_of(turn)
        self._counts[kind] += by
        known = kind in self._samples
        if self._counts[kind] and not known:
            self._samples[kind] = turn
            self._choose()
        elif known and not self._counts[kind]:
            del self._samples[kind]
            self._choose()

    def _choose(self) -> None:
        """One turn of each kind stands for all of them: the rule looks at nothing else."""
        self.choice = choose([tuple(self._samples.values())])
        taken = (kind for kind, turn in self._samples.items() if self.choice.takes(turn))
        self.kind = next(taken, KINDS[0])

    @property
    def counted(self) -> int:
        """Turns that count."""
        return self._counts[self.kind]

    @property
    def measured(self) -> int:
        """Turns that did not fail and are not excluded."""
        return self._counts.total()

    @property
    def tools(self) -> int:
        """Measured turns with a tool."""
        return sum(self._counts[kind] for kind in KINDS if kind[0])

    def apart(self, metric: str = "") -> str:
        """Return which measured turns do not count, e.g. "first turn apart, 2 with a tool apart".

        Args:
            metric: One of ``OF_EVERY_TURN`` leaves none out.
        """
        if metric in OF_EVERY_TURN:
            return ""
        tools = self.tools if self.choice.drops_tools else 0
        kept = (kind for kind in KINDS if not (self.choice.drops_tools and kind[0]))
        first = sum(self._counts[kind] for kind in kept if kind[1] and self.choice.drops_first)
        return ", ".join(
            [
                *(["first turn apart"] if first else []),
                *([f"{tools} with a tool apart"] if tools else []),
            ]
        )
