"""What verifying a recording and comparing models come to: plain frozen values.

They cross the pipe to the window and go into exports, so that their makers (which load
numerical libraries) need not be known to whoever shows them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """Speech of one side, ms of session time."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTurn:
    """One exchange as the recording has it, beside the live figure; None where unknown.

    Attributes:
        turn_id: The live turn that it was matched with, or None if the live session missed it.
        u_off_ms: End of the user's speech.
        audible_ms: First audible sample of the agent after it.
        v2v_ms: Their difference.
        live_v2v_ms: What the session said.
        difference_ms: Live less recording.
        reason: Why one of them is missing, or "".
    """

    turn_id: int | None
    u_off_ms: float | None
    audible_ms: float | None
    v2v_ms: float | None
    live_v2v_ms: float | None
    difference_ms: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFigures:
    """Turn-taking of a whole session, from the two speech masks; None where undefined.

    Ids are those of the metrics specification, section 4.2. Rates over fewer than 10 events
    are None.

    Attributes:
        response_rate: T14, user turns that were answered before the user spoke again or 10 s.
        response_n: User turns.
        takeover_rate: T11, user turns after which the agent spoke for 1 s or more.
        overlap_ms: T16, both speak; ``overlap_longest_ms``; ``overlap_share`` of agent speech.
        overlap_by_agent_ms: Of it, where the agent came second.
        fto_p50_ms: T17, floor transfer offset; negative is overlap.
        dead_air_n: Silences of both of more than 2 s; ``dead_air_ms`` in all.
        talk_ratio: T18, agent speech / all speech.
        user_wpm: Words a minute of speech; None without transcripts.
        user_turn_p50_ms: Usual length of a user's turn.
        pauses_n: Pauses of 200 ms or more inside user turns.
        backchannels_n: T13, agent turns under 1 s inside a user's turn; per minute below.
        spurious_n: T10, agent turns that begin when nobody had spoken for more than 10 s.
        interruptions_n: User turns that begin while the agent is audible.
        yielded_n: T8, of them those after which the agent fell silent within 2 s.
        yield_p50_ms: T3, median of the time it took.
        self_interruptions_n: T19; None unless the user is known to have been silent.
    """

    response_rate: float | None
    response_n: int
    takeover_rate: float | None
    overlap_ms: float
    overlap_longest_ms: float
    overlap_share: float | None
    overlap_by_agent_ms: float
    fto_p50_ms: float | None
    fto_n: int
    dead_air_n: int
    dead_air_ms: float
    talk_ratio: float | None
    user_speech_ms: float
    agent_speech_ms: float
    user_wpm: float | None
    agent_wpm: float | None
    user_turn_p50_ms: float | None
    agent_turn_p50_ms: float | None
    pauses_n: int
    backchannels_n: int
    backchannels_per_min: float | None
    spurious_n: int
    interruptions_n: int
    yielded_n: int
    yield_rate: float | None
    yield_p50_ms: float | None
    self_interruptions_n: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A session computed anew from its stereo recording alone.

    Attributes:
        turns: Exchanges, in order of time.
        user: Speech of the left channel; ``agent`` of the right.
        merge_gap_ms: Gaps shorter than this are bridged: a parameter of every figure.
        difference_p50_ms: Median of live less recording, with its sign.
        difference_abs_p95_ms: 95th percentile of its magnitude; the largest under 20 turns.
        matched_n: Turns that both know.
        unmatched_live_n: Live turns with a v2v that the recording does not have, for no reason
            that is known.
        unmatched_recording_n: Exchanges that the live session did not report, likewise.
    """

    duration_ms: float
    turns: tuple[VerifiedTurn, ...]
    user: tuple[SpeechSpan, ...]
    agent: tuple[SpeechSpan, ...]
    conversation: ConversationFigures
    merge_gap_ms: float
    v2v_p50_ms: float | None
    matched_n: int
    unmatched_live_n: int
    unmatched_recording_n: int
    difference_p50_ms: float | None
    difference_abs_p95_ms: float | None
    difference_max_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFigures:
    """One side of a comparison, for one metric.

    Attributes:
        n: Values that the figures are of: successful turns that nothing spoilt.
        failed: Turns that failed; they count in the availability only.
        p50: Gated by ``n`` as all quantiles are, as are its bounds.
        p95_low: Bounds of its 95 % interval; ``p95_upper`` is the one-sided bound.
        p95_reason: Why there is no P95, or not all of its bounds; "" where there are.
        excluded: Turns left out because something spoilt them.
    """

    name: str
    n: int
    failed: int
    p50: float | None
    p50_low: float | None
    p50_high: float | None
    p95: float | None
    values: tuple[float, ...]
    p95_low: float | None = None
    p95_high: float | None = None
    p95_upper: float | None = None
    p95_reason: str = ""
    excluded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One metric of two sides.

    Attributes:
        metric: Column of the turn table.
        pairs: Pairs of turns on the same stimulus; None where the turns could not be paired.
        difference: Hodges-Lehmann estimate, second less first, in the metric's unit.
        low: Bounds of its 95 % interval; None where n gives none.
        p: Two-sided Wilcoxon signed-rank; None below 6 pairs.
        p_holm: The same after Holm's correction over the metrics compared.
        detectable: Smallest difference that this n would show with a power of 0.8, from the
            spread of the data; None below 6 pairs.
        verdict: One sentence for people.
        method: How interval and p came about: exact or not, ties, zeros, what was resampled.
    """

    metric: str
    first: SideFigures
    second: SideFigures
    pairs: int | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    detectable: float | None
    verdict: str
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateComparison:
    """Turns that did not fail, side by side: Wilson intervals, and McNemar's exact p."""

    first_ok: int
    first_n: int
    first_low: float | None
    first_high: float | None
    second_ok: int
    second_n: int
    second_low: float | None
    second_high: float | None
    p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Second against first.

    Attributes:
        first: Name of the first side; ``second`` of the second.
        design: "interleaved", "one after the other" or "unpaired".
        warnings: Sentences about what weakens it: other settings, another network, few turns.
    """

    first: str
    second: str
    design: str
    metrics: tuple[MetricComparison, ...]
    availability: RateComparison
    warnings: tuple[str, ...] = ()
