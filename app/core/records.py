"""What is stored, shown and exported: sessions, turns, connections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.audio_format import StreamHealth
from app.core.calibration import CalibrationNote
from app.core.clock import Nanoseconds
from app.core.conduct import Conduct
from app.core.config import SessionSettings, Target
from app.core.engine_parts import EngineParts
from app.core.money import Budget
from app.core.privacy import Consent, RecordingMode
from app.core.turn_record import ClientLimit, InterruptKind, TurnRecord, TurnStatus

__all__ = [
    "SCHEMA_VERSION",
    "ClientLimit",
    "ConnectTiming",
    "InterruptKind",
    "SessionCounters",
    "SessionRecord",
    "TurnRecord",
    "TurnStatus",
]

SCHEMA_VERSION = "1.4.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectTiming:
    """How long each stage of opening the connection took, ms; None where there was none.

    Attributes:
        dns_ms: Name to addresses; None for an address.
        tcp_ms: First SYN until one address has answered.
        tls_ms: TLS handshake; None without TLS.
        upgrade_ms: HTTP request written until the switch of protocols was read.
        created_ms: Upgrade done until the provider's first session event.
        ready_ms: That until our configuration was accepted.
        cold: True for the first connection of this process to the host: no cached name, no
            TLS ticket.
        address: The numeric address that answered.
        tls_version: E.g. "TLSv1.3", or None without TLS.
        server: The ``server`` header of the upgrade's answer, cut to 80 characters.
    """

    dns_ms: float | None = None
    tcp_ms: float | None = None
    tls_ms: float | None = None
    upgrade_ms: float | None = None
    created_ms: float | None = None
    ready_ms: float | None = None
    cold: bool = True
    address: str | None = None
    tls_version: str | None = None
    server: str | None = None

    @property
    def total_ms(self) -> float | None:
        """All stages together, or None where none is known."""
        stages = (
            self.dns_ms,
            self.tcp_ms,
            self.tls_ms,
            self.upgrade_ms,
            self.created_ms,
            self.ready_ms,
        )
        known = [stage for stage in stages if stage is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCounters:
    """What was lost or odd in a session; every bounded queue reports here.

    Attributes:
        client_limited: Turns whose figures our own side may have spoilt.
    """

    unknown_messages: int = 0
    protocol_errors: int = 0
    provider_errors: int = 0
    dropped_capture_frames: int = 0
    dropped_playback_frames: int = 0
    dropped_journal_lines: int = 0
    dropped_reports: int = 0
    client_limited: int = 0
    capture: StreamHealth = field(default_factory=StreamHealth)
    playback: StreamHealth = field(default_factory=StreamHealth)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """What ``session.json`` says.

    Attributes:
        state: "running", "complete", "interrupted" (its process was killed) or "failed" (it
            never got as far as a conversation).
        engine_arguments: Options that the server we started was given.
        run_id: Names the run of several sessions that this one belongs to, or None.
        order_idx: Its place in that run, from 0.
        calibration: What is known of the measuring engine and of this pair of devices.
        rtts_ms: Round trips of the pings between turns, at most 500.
        clock_jumps_ms: Each time the wall clock left the session clock: suspend, or a step;
            at most 500.
        expires_at_s: Unix time at which the provider will end the session, or None.
        connect: How the first connection was opened.
        lost_after_ms: From the provider's first session event on the last connection to its
            end that was not ours, or None: a cut after which the session went on is none.
        conduct: How our own side behaved at the start.
        renewals: New connections that the session went on in, before the provider's limit or
            after a cut.
        provider_stalls: Turns after which the provider fell silent for too long.
        self_triggers: Times that it took the agent's own voice for the user's.
        speech_ends: How ends of the user's speech are found: "annotated", "silero" or "energy".
        recording_mode: What was kept of it.
        consents: Who agreed to being recorded.
        budget: What it was allowed to cost.
        rerun_of: Id of the recorded session whose user is heard again, or None.
        connected_s: How long it was open at its provider; None where nobody counted.
        engine_parts: Which parts of our own engine were local; None of anybody else's.
    """

    session_id: str
    app_version: str
    schema_version: str
    state: str
    t0_utc: str
    t0_ns: Nanoseconds
    ended_utc: str | None
    target: Target
    settings: SessionSettings
    input_name: str
    output_name: str
    connect: ConnectTiming | None
    counters: SessionCounters
    turns_n: int
    failed_n: int
    machine: Mapping[str, Any]
    engine_arguments: tuple[str, ...] = ()
    run_id: str | None = None
    order_idx: int | None = None
    calibration: CalibrationNote | None = None
    rtts_ms: tuple[float, ...] = ()
    clock_jumps_ms: tuple[float, ...] = ()
    expires_at_s: int | None = None
    lost_after_ms: float | None = None
    speech_ends: str | None = None
    reply_timeout_s: float | None = None
    end_reason: str | None = None
    provider_session_id: str | None = None
    effective_settings: Mapping[str, Any] | None = None
    conduct: Conduct = field(default_factory=Conduct)
    renewals: int = 0
    provider_stalls: int = 0
    self_triggers: int = 0
    recording_mode: RecordingMode = RecordingMode.FULL
    consents: tuple[Consent, ...] = ()
    budget: Budget = field(default_factory=Budget)
    rerun_of: str | None = None
    connected_s: float | None = None
    engine_parts: EngineParts | None = None
