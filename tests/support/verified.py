"""What the recording of a made-up session says."""

from dataclasses import replace
from typing import Any

from app.metrics.outcomes import ConversationFigures, Verification, VerifiedTurn
from app.session.messages import VerificationReport
from tests.support.reports import session


def verification(**changes: Any) -> VerificationReport:
    """The recording of ``session`` bears out the live figures."""
    figures = ConversationFigures(
        response_rate=1.0,
        response_n=22,
        takeover_rate=0.95,
        overlap_ms=620.0,
        overlap_longest_ms=310.0,
        overlap_share=0.006,
        overlap_by_agent_ms=0.0,
        fto_p50_ms=612.0,
        fto_n=22,
        dead_air_n=3,
        dead_air_ms=7_400.0,
        talk_ratio=0.71,
        user_speech_ms=44_000.0,
        agent_speech_ms=108_000.0,
        user_wpm=148.0,
        agent_wpm=171.0,
        user_turn_p50_ms=1_950.0,
        agent_turn_p50_ms=4_900.0,
        pauses_n=4,
        backchannels_n=0,
        backchannels_per_min=0.0,
        spurious_n=0,
        interruptions_n=2,
        yielded_n=2,
        yield_rate=None,
        yield_p50_ms=310.0,
        self_interruptions_n=None,
    )
    found = Verification(
        duration_ms=198_000.0,
        turns=(
            VerifiedTurn(
                turn_id=3,
                u_off_ms=29_000.0,
                audible_ms=29_612.0,
                v2v_ms=612.0,
                live_v2v_ms=609.0,
                difference_ms=-3.0,
            ),
        ),
        user=(),
        agent=(),
        conversation=figures,
        merge_gap_ms=200.0,
        v2v_p50_ms=612.0,
        matched_n=22,
        unmatched_live_n=0,
        unmatched_recording_n=0,
        difference_p50_ms=-0.4,
        difference_abs_p95_ms=2.6,
        difference_max_ms=3.0,
    )
    return VerificationReport(folder=session().folder, verification=replace(found, **changes))
