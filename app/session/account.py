"""The account of one session: what ``session.json`` says, kept up to date."""

from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from app.core.clock import Nanoseconds
from app.core.engine_parts import engine_parts
from app.core.errors import ConfigError
from app.core.events import (
    ClockJumped,
    ConnectionLost,
    ConnectionRenewed,
    ProviderErrorReported,
    SelfTriggered,
    SessionCreated,
    SessionEvent,
    SessionReady,
    StallNoticed,
    UnknownMessage,
)
from app.core.ports import Player, Recording
from app.core.privacy import Consent
from app.core.records import (
    SCHEMA_VERSION,
    ConnectTiming,
    SessionCounters,
    SessionRecord,
    TurnRecord,
)
from app.metrics.counted import FAILED
from app.session.messages import StartSession
from app.session.parts import OpenedInput, SessionParts

MOST_CONSENTS = 50
KEPT = 500
"""Round trips and clock jumps that a record holds: the last ones."""


def new_record(
    parts: SessionParts, start: StartSession, input_name: str, output_name: str
) -> SessionRecord:
    """Return the record of a session that begins now."""
    return SessionRecord(
        session_id=parts.new_session_id(),
        app_version=parts.app_version,
        schema_version=SCHEMA_VERSION,
        state="running",
        t0_utc=parts.today(),
        t0_ns=parts.clock.now_ns(),
        ended_utc=None,
        target=start.target,
        settings=start.settings,
        input_name=input_name,
        output_name=output_name,
        connect=None,
        counters=SessionCounters(),
        turns_n=0,
        failed_n=0,
        machine=parts.machine,
        engine_arguments=start.engine_arguments,
        reply_timeout_s=start.reply_timeout_s,
        run_id=start.run_id,
        order_idx=start.order_idx,
        conduct=start.conduct,
        recording_mode=start.recording,
        budget=start.budget,
        rerun_of=start.rerun_of,
        engine_parts=engine_parts(start.target.provider, start.engine_arguments),
    )


class Counted(Protocol):
    """What has counters to read."""

    @property
    def opened(self) -> OpenedInput:
        """The microphone."""
        ...

    @property
    def player(self) -> Player:
        """The player and its loudspeaker."""
        ...

    @property
    def recording(self) -> Recording:
        """The writer."""
        ...


class Account:
    """Counts what happens in a session. All calls on the engine's loop.

    Attributes:
        record: The present account.
    """

    def __init__(self, record: SessionRecord) -> None:
        self.record = record
        self._created_ns: Nanoseconds | None = None
        self._rtts_ms: deque[float] = deque(maxlen=KEPT)

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        match event:
            case UnknownMessage():
                self._count("unknown_messages")
            case ProviderErrorReported():
                self._count("provider_errors")
            case SessionCreated():
                self._created_ns = event.at_ns
                self.record = replace(
                    self.record,
                    provider_session_id=event.session_id,
                    expires_at_s=event.expires_at_s,
                )
            case ConnectionLost() if self._created_ns is not None:
                held_ms = (event.at_ns - self._created_ns) / 1e6
                self.record = replace(self.record, lost_after_ms=held_ms)
            case ClockJumped(jump_ms=jump_ms):
                jumps = (*self.record.clock_jumps_ms, jump_ms)[-KEPT:]
                self.record = replace(self.record, clock_jumps_ms=jumps)
            case SessionReady():
                self.record = replace(self.record, effective_settings=event.effective)
            case _:
                self._take_upkeep(event)

    def _take_upkeep(self, event: SessionEvent) -> None:
        match event:
            case ConnectionRenewed():
                renewals = self.record.renewals + 1
                self.record = replace(self.record, renewals=renewals, lost_after_ms=None)
            case StallNoticed(times=times):
                self.record = replace(self.record, provider_stalls=times)
            case SelfTriggered(times=times):
                self.record = replace(self.record, self_triggers=times)
            case _:
                pass

    def agreed(self, consent: Consent) -> None:
        """Keep that somebody agreed to being recorded; at most ``MOST_CONSENTS`` do.

        Raises:
            ConfigError: If there are as many already.
        """
        if len(self.record.consents) >= MOST_CONSENTS:
            raise ConfigError("As many people as can be named have agreed already.")
        self.record = replace(self.record, consents=(*self.record.consents, consent))

    def timed(
        self, opening: ConnectTiming, *, created_ms: float | None, ready_ms: float | None
    ) -> None:
        """Keep how long the first connection took to open and to be configured."""
        timing = replace(opening, created_ms=created_ms, ready_ms=ready_ms)
        self.record = replace(self.record, connect=timing)

    def expires_in_s(self, elapsed_ns: Nanoseconds) -> float | None:
        """Return how long the provider will still keep the session, or None if it never said."""
        if self.record.expires_at_s is None:
            return None
        begun = datetime.fromisoformat(self.record.t0_utc).timestamp()
        return self.record.expires_at_s - begun - elapsed_ns / 1e9

    def add_rtt(self, rtt_ms: float) -> None:
        """Keep a ping's round trip."""
        self._rtts_ms.append(rtt_ms)

    def add_turn(self, turn: TurnRecord) -> None:
        """Count a finished turn."""
        if turn.client_limited:
            self._count("client_limited")
        self.record = replace(
            self.record,
            turns_n=self.record.turns_n + 1,
            failed_n=self.record.failed_n + (turn.status in FAILED),
        )

    def protocol_error(self) -> int:
        """Count a message that broke the protocol; return how many there were."""
        self._count("protocol_errors")
        return self.record.counters.protocol_errors

    def refresh(self, sources: Counted, unreported: int = 0) -> None:
        """Read the counters of devices, player and writer.

        Args:
            sources: What counts.
            unreported: Reports that the front end was not given.
        """
        capture, playback = sources.opened.source.health, sources.player.sink.health
        counters = replace(
            self.record.counters,
            capture=capture,
            playback=playback,
            dropped_capture_frames=capture.dropped_frames,
            dropped_playback_frames=playback.dropped_frames + sources.player.refused_frames,
            dropped_journal_lines=sources.recording.dropped,
            dropped_reports=unreported,
        )
        self.record = replace(self.record, counters=counters, rtts_ms=tuple(self._rtts_ms))

    def ended(self, state: str, ended_utc: str, reason: str | None) -> SessionRecord:
        """Return the final record."""
        self.record = replace(self.record, state=state, ended_utc=ended_utc, end_reason=reason)
        return self.record

    def _count(self, name: str) -> None:
        counters = self.record.counters
        counters = replace(counters, **{name: getattr(counters, name) + 1})
        self.record = replace(self.record, counters=counters)
