"""What was tested and how it was measured: settings, machine, network, devices, exactness."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from app.core.calibration import CalibrationNote
from app.core.ports import StoredSession
from app.core.recogniser import recogniser_of
from app.core.records import ConnectTiming, SessionRecord
from app.exports.report_figures import ModelFigures, ReportFigures
from app.exports.report_labels import detection_words
from app.exports.report_text import UNKNOWN, count, listed, quantity, visible, when
from app.exports.report_view import Fact, Facts, Tested

_STAGES: Final = (
    ("dns_ms", "name"),
    ("tcp_ms", "TCP"),
    ("tls_ms", "TLS"),
    ("upgrade_ms", "upgrade"),
    ("created_ms", "session created"),
    ("ready_ms", "settings accepted"),
)
_COMPUTER: Final = (("system", ""), ("processor", ""), ("cores", " cores"))
_MOST_LISTED: Final = 8
_SPEECH_ENDS: Final = {
    "annotated": "annotated beforehand in the files that were spoken",
    "silero": "found by a speech detector (Silero), whose usual bias is subtracted",
    "energy": "found by the level of the sound",
}


def tested(label: str, stored: Sequence[StoredSession]) -> Tested:
    """Return what one model was asked to be; its sessions differ in nothing of it."""
    record = stored[0].record
    settings = record.settings
    told = [
        ("Provider", record.target.provider),
        ("Model", record.target.model or "the endpoint's own"),
        ("Voice", _voice(record)),
        ("End of the user's turns", detection_words(settings.turn_detection)),
        ("Replies", "speech" if settings.audio_replies else "text"),
        ("Audio", f"{settings.input_format} up, {settings.output_format} down"),
        ("User's words by", recogniser_of(record) or "nobody"),
        ("Tools", listed([tool.name for tool in settings.tools]) or "none"),
        ("Spoken by", _distinct([each.record.input_name for each in stored])),
        ("Heard through", _distinct([each.record.output_name for each in stored])),
        ("Server options", " ".join(record.engine_arguments)),
        ("Held", _held(stored)),
    ]
    return Tested(
        label=label,
        facts=tuple(Fact(name=name, value=visible(value)) for name, value in told if value),
        instructions=visible(settings.instructions or ""),
    )


def _voice(record: SessionRecord) -> str:
    asked = record.settings.voice
    if asked:
        return asked
    audio = (record.effective_settings or {}).get("audio")
    output = audio.get("output") if isinstance(audio, dict) else None
    voice = output.get("voice") if isinstance(output, dict) else None
    chosen = f" ({voice})" if isinstance(voice, str) else ""
    return f"the provider's own choice{chosen}"


def _distinct(names: Sequence[str]) -> str:
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
    return "; ".join(found[:_MOST_LISTED]) + more


def _held(stored: Sequence[StoredSession]) -> str:
    first = when(stored[0].record.t0_utc)
    if len(stored) == 1:
        return first
    return f"{count(len(stored), 'session')}, {first} to {when(stored[-1].record.t0_utc)}"


def how(
    sessions: Sequence[StoredSession], figures: ReportFigures, labels: Sequence[str]
) -> tuple[Facts, ...]:
    """Return how it was measured, under headings."""
    records = [stored.record for stored in sessions]
    kept = [
        Facts(title="Exactness", facts=_exactness(records, figures.models, labels)),
        Facts(title="Network", facts=_network(records)),
        Facts(title="Computer and devices", facts=_machine(records)),
    ]
    return tuple(facts for facts in kept if facts.facts)


def _facts(told: Sequence[tuple[str, str]]) -> tuple[Fact, ...]:
    return tuple(Fact(name=name, value=visible(value)) for name, value in told if value)


def _exactness(
    records: Sequence[SessionRecord], models: Sequence[ModelFigures], labels: Sequence[str]
) -> tuple[Fact, ...]:
    ends = dict.fromkeys(record.speech_ends for record in records if record.speech_ends)
    doubts = [
        f"{label}: {quantity(model.uncertainty_ms)}"
        for label, model in zip(labels, models, strict=True)
        if model.uncertainty_ms is not None
    ]
    added = [
        f"{label}: {quantity(model.client_added_ms)}"
        for label, model in zip(labels, models, strict=True)
        if model.client_added_ms is not None
    ]
    lost = sum(record.counters.dropped_journal_lines for record in records)
    return _facts([
        ("Ends of the user's speech", listed([_SPEECH_ENDS.get(end, end) for end in ends])),
        ("Uncertainty of one voice-to-voice (one standard deviation, median)",
         _per_model(doubts)),
        ("Latency that this program itself adds (median, part of voice-to-voice)",
         _per_model(added)),
        ("This program against known delays", _distinct(_engines(records))),
        ("Turns that this computer may have spoilt",
         str(sum(record.counters.client_limited for record in records))),
        ("Clock jumps", str(sum(len(record.clock_jumps_ms) for record in records))),
        ("Lines of the record that were lost", str(lost) if lost else ""),
    ])  # fmt: skip


def _per_model(each: Sequence[str]) -> str:
    return each[0].partition(": ")[2] if len(each) == 1 else "; ".join(each)


def _engines(records: Sequence[SessionRecord]) -> list[str]:
    notes = [record.calibration or CalibrationNote() for record in records]
    return [
        f"within {quantity(note.engine.v2v_error_p50_ms)} (median of {note.engine.turns} turns, "
        f"{when(note.engine.measured_utc)})"
        if note.engine is not None
        else "not calibrated"
        for note in notes
    ]


def _network(records: Sequence[SessionRecord]) -> tuple[Fact, ...]:
    rtts = [rtt for record in records for rtt in record.rtts_ms]
    told = [("Round trip (a lower bound of the network's share)", _round_trip(rtts))]
    connects = [record.connect for record in records if record.connect is not None]
    if connects:
        told.append(("Connecting, median of the stages", _connecting(connects)))
        cold = sum(connect.cold for connect in connects)
        told.append(("First connections of the program", f"{cold} of {len(connects)}"))
    hosts = dict.fromkeys(connect.address for connect in connects if connect.address)
    told.append(("Addresses that answered", _distinct(list(hosts))))
    told.append(("New connections within sessions",
                 str(sum(record.renewals for record in records))))  # fmt: skip
    return _facts(told)


def _round_trip(rtts: Sequence[float]) -> str:
    if not rtts:
        return f"{UNKNOWN} not measured"
    low, high = quantity(min(rtts)), quantity(max(rtts))
    return f"median {quantity(median(rtts))}, {low} to {high}, n = {len(rtts)}"


def _connecting(connects: Sequence[ConnectTiming]) -> str:
    parts = []
    for stage, name in _STAGES:
        known = [value for each in connects if (value := getattr(each, stage)) is not None]
        if known:
            parts.append(f"{name} {quantity(median(known))}")
    totals = [total for each in connects if (total := each.total_ms) is not None]
    whole = f"; in all {quantity(median(totals))}" if totals else ""
    return f"{', '.join(parts)}{whole}, n = {len(connects)}"


def _machine(records: Sequence[SessionRecord]) -> tuple[Fact, ...]:
    machines = [
        ", ".join(
            f"{record.machine[key]}{noun}" for key, noun in _COMPUTER if key in record.machine
        )
        for record in records
    ]
    sound = [record.counters for record in records]
    xruns = sum(each.capture.xruns + each.playback.xruns for each in sound)
    return _facts([
        ("Computer", _distinct([name for name in machines if name])),
        ("Program", _distinct([f"Viva Voce {record.app_version}" for record in records])),
        ("Loudspeaker", _distinct([record.output_name for record in records])),
        ("Devices' calibration", _distinct(_devices(records))),
        ("Blocks of sound that a device lost (xruns)", str(xruns)),
    ])  # fmt: skip


def _devices(records: Sequence[SessionRecord]) -> list[str]:
    notes = [record.calibration or CalibrationNote() for record in records]
    return [
        f"{note.devices.input_name} and {note.devices.output_name}, "
        f"{when(note.devices.measured_utc)}"
        if note.devices is not None
        else "none: latencies are at the device's own word, not at the ear"
        for note in notes
    ]
