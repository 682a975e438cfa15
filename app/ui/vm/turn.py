"""Figures of one turn, the newest unless another is looked at: the large one, its parts, more."""

from dataclasses import dataclass, replace

from app.core.observe import Signal
from app.core.records import TurnRecord, TurnStatus
from app.core.turn_words import end_notes
from app.metrics.definitions import DEFINITIONS
from app.ui.vm.hover import fact, hover, uncertainty_words
from app.ui.vm.limits import limit_words
from app.ui.vm.series import TOKENS, V2V
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.vm.text import UNKNOWN, number, one_line, whole_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, ready to draw.

    Attributes:
        metric: Column of the turn table.
        text: With its unit, or an en dash.
        clickable: Whether a stretch of the session stands behind it, to be marked and played.
        reported: Told by the provider rather than measured here: drawn hollow.
    """

    name: str
    metric: str
    text: str
    known: bool
    clickable: bool = False
    reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the breakdown. ``share`` is of the sum of the known, positive parts."""

    name: str
    metric: str
    value_ms: float
    share: float
    text: str
    clickable: bool = False


FIGURES = ((TOKENS.name, TOKENS.metric), ("Delivery", "delivery_x"))
PARTS = (
    ("sending", "tx_wait_ms"),
    ("endpointing", "endpointing_ms"),
    ("response", "server_response_ms"),
    ("lead-in", "leading_silence_ms"),
    ("playout", "playout_wait_ms"),
    ("device", "device_out_ms"),
)
REFERENCES = ("speech end", "stop", "commit", "create")
MATRIX = (
    ("TTFT", ("ttft_eos_ms", "ttft_stop_ms", "ttft_commit_ms", "ttft_create_ms")),
    ("TTFA", ("ttfa_eos_ms", "ttfa_stop_ms", "ttfa_commit_ms", "ttfa_create_ms")),
)
CLIENT = ("client adds", "client_added_ms")
CLIENT_PARTS = (
    ("frame", "tx_quantisation_ms"),
    ("lateness", "tx_lateness_ms"),
    ("buffer", "jitter_buffer_ms"),
    ("playing", "playout_rest_ms"),
)
REFERENCE_WORDS = {
    "speech end": "the acoustic end of your speech (eos)",
    "stop": "the provider's speech-stopped, as it arrived here",
    "commit": "the commit of the audio: ours, else the provider's",
    "create": "the request for the reply, else its announcement (response.created)",
}

OUTCOMES = {
    TurnStatus.OK: "",
    TurnStatus.INTERRUPTED: "interrupted",
    TurnStatus.CANCELLED: "cancelled",
    TurnStatus.TIMEOUT: "no reply in time",
    TurnStatus.ERROR: "failed",
}


class TurnViewModel:
    """One turn of the session. It follows the newest, until another is chosen.

    Signals:
        changed: Another turn, or none.
    """

    def __init__(self, statistics: StatisticsViewModel) -> None:
        self._statistics = statistics
        self.turn: TurnRecord | None = None
        self.following = True
        self.changed = Signal[()]()

    # --- which turn

    @property
    def title(self) -> str:
        """E.g. "Turn 3 of 24, interrupted"."""
        if self.turn is None:
            return "This turn"
        notes = (one_line(note, limit=60) for note in end_notes(self.turn))
        outcome = ", ".join(filter(None, (OUTCOMES[self.turn.status], *notes)))
        number = f"Turn {self.turn.turn_id}"
        if not self.following:
            number += f" of {self._statistics.turns[-1].turn_id}"
        return f"{number}, {outcome}" if outcome else number

    def take(self, turn: TurnRecord) -> None:
        """A turn ended: show it, unless another is being looked at."""
        if self.following:
            self.turn = turn
        self.changed.emit()

    def show(self, turn_id: int) -> bool:
        """Show a turn by its number; False if it is not there."""
        found = self._statistics.turn(turn_id)
        if found is None:
            return False
        self.turn = found
        self.following = found is self._statistics.turns[-1]
        self.changed.emit()
        return True

    def step(self, by: int) -> bool:
        """Show the turn ``by`` turns later (negative: earlier); False at either end."""
        turns = self._statistics.turns
        if self.turn is None or not turns:
            return False
        place = self._statistics.place(self.turn.turn_id) + by
        return 0 <= place < len(turns) and self.show(turns[place].turn_id)

    def newest(self) -> None:
        """Show the newest turn and follow."""
        if self._statistics.turns:
            self.show(self._statistics.turns[-1].turn_id)

    @property
    def has_earlier(self) -> bool:
        """Whether there is a turn before this one."""
        turns = self._statistics.turns
        return self.turn is not None and bool(turns) and self.turn.turn_id > turns[0].turn_id

    def clear(self) -> None:
        """A new session begins."""
        self.turn, self.following = None, True
        self.changed.emit()

    # --- its figures

    def figure(self, name: str, metric: str) -> Figure:
        """Return one figure of the turn."""
        found = fact(metric, self.turn)
        return Figure(
            name=name,
            metric=metric,
            text=found.text,
            known=found.known,
            clickable=found.clickable,
            reported=self._reported(metric),
        )

    def _reported(self, metric: str) -> bool:
        told = self.turn is not None and self.turn.usage is not None
        return told and metric == TOKENS.metric

    def hover(self, metric: str) -> str:
        """Return what is known of a metric, of this turn and of the session."""
        reported = self._reported(metric)
        columns = self._statistics.metrics
        session = self._statistics.words(metric) if metric in columns else ""
        if self.turn is None:
            return hover(metric, reported=reported) + f"\nunknown\t{fact(metric, None).reason}"
        return hover(metric, turn=self.turn, session=session, reported=reported)

    @property
    def headline(self) -> str:
        """The voice-to-voice latency without its unit, or an en dash."""
        return whole_ms(None if self.turn is None else self.turn.v2v_ms)

    @property
    def uncertainty(self) -> str:
        """E.g. "± 6 ms", or "" where it is not known."""
        return uncertainty_words(V2V.metric, self.turn)

    @property
    def v2v(self) -> Figure:
        """The voice-to-voice latency."""
        return self.figure("voice to voice", V2V.metric)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures beside the large one; of tokens a second the name tells the unit."""
        tokens = None if self.turn is None else TOKENS.read(self.turn)
        made = (self.figure(name, metric) for name, metric in FIGURES)
        return tuple(
            replace(each, text=number(tokens)) if each.metric == TOKENS.metric else each
            for each in made
        )

    @property
    def matrix(self) -> tuple[tuple[Figure, ...], ...]:
        """First token, then first audio, each from its four reference points."""
        return tuple(
            tuple(
                self.figure(f"{name} from {reference}", metric)
                for reference, metric in zip(REFERENCES, metrics, strict=True)
            )
            for name, metrics in MATRIX
        )

    @property
    def client(self) -> tuple[Figure, ...]:
        """What this program adds, and its four parts."""
        return tuple(
            self.figure(name, metric)
            for name, metric in (CLIENT, *CLIENT_PARTS)
            if metric in DEFINITIONS
        )

    @property
    def note(self) -> str:
        """Why the large figure is unknown, and why the turn is not like others, or ""."""
        turn = self.turn
        if turn is None:
            return ""
        residual = turn.breakdown_residual_ms
        notes = (
            fact(V2V.metric, turn).reason,
            f"left out: {limit_words(turn.excluded_reason)}" if turn.excluded_reason else "",
            f"client-limited: {limit_words(turn.client_limited)}" if turn.client_limited else "",
            "first turn" if turn.is_first_turn else "",
            "with a tool" if turn.has_tool else "",
            "parts do not sum up" if residual is not None and abs(residual) > 1 else "",
        )
        return ", ".join(each for each in notes if each)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The known parts of the breakdown, in the order of time."""
        if self.turn is None:
            return ()
        turn = self.turn
        values = [(name, metric, getattr(turn, metric)) for name, metric in PARTS]
        known = [each for each in values if each[2] is not None]
        total = sum(max(value, 0.0) for _name, _metric, value in known) or 1.0
        return tuple(
            self._part(name, metric, value, max(value, 0.0) / total)
            for name, metric, value in known
        )

    def _part(self, name: str, metric: str, value: float, share: float) -> Part:
        found = fact(metric, self.turn)
        return Part(
            name=name,
            metric=metric,
            value_ms=value,
            share=share,
            text=found.text,
            clickable=found.clickable,
        )

    @property
    def spoken(self) -> str:
        """The turn in one sentence, for screen readers."""
        shown = (self.v2v, *self.figures, *(each for row in self.matrix for each in row))
        known = [each for each in shown if each.known]
        figures = ", ".join(f"{each.name} {each.text}" for each in known) or UNKNOWN
        return f"{self.title}: {figures}"
