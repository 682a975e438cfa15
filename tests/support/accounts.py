"""Made-up but believable costs, prices and exports, for tests and screenshots of the window."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.core.exporting import Exported
from app.core.money import Cost, CostStatus, Meter, PriceOrigin, PriceRow
from app.core.privacy import Consent, RecordingMode
from app.session.messages import CostReport, ExportReport, PricesReport, SessionReport
from tests.support.reports import session

MINI = PriceRow(
    provider="openai",
    model="gpt-realtime-mini",
    rates={
        Meter.TEXT_IN: Decimal("0.6"),
        Meter.TEXT_IN_CACHED: Decimal("0.06"),
        Meter.TEXT_OUT: Decimal("2.4"),
        Meter.AUDIO_IN: Decimal(10),
        Meter.AUDIO_IN_CACHED: Decimal("0.3"),
        Meter.AUDIO_OUT: Decimal(20),
        Meter.IMAGE_IN: Decimal("0.8"),
    },
    origin=PriceOrigin.SHIPPED,
    valid_from="2025-10-06",
    as_of="2026-11-21",
    source="provider's price page",
)
OLD_MINI = replace(
    MINI,
    rates={**MINI.rates, Meter.AUDIO_IN: Decimal(14)},
    valid_from=None,
    as_of="2025-03-02",
    origin=PriceOrigin.GENAI_PRICES,
    source="genai-prices 0.2.3",
)
FULL = replace(
    MINI,
    model="gpt-realtime",
    rates={
        **MINI.rates,
        Meter.AUDIO_IN: Decimal(32),
        Meter.AUDIO_OUT: Decimal(64),
        Meter.TEXT_IN: Decimal(4),
        Meter.TEXT_OUT: Decimal(16),
    },
    valid_from="2025-08-28",
)
FULL_BEFORE = replace(
    FULL,
    rates={**FULL.rates, Meter.AUDIO_IN: Decimal(40), Meter.AUDIO_OUT: Decimal(80)},
    valid_from="2024-12-17",
    as_of="2025-01-10",
    source="an archived price page",
)
BY_MINUTE = PriceRow(
    provider="elevenlabs",
    model="convai",
    rates={Meter.SESSION_SECONDS: Decimal("0.08"), Meter.TEXT_MESSAGES: Decimal("0.003")},
    origin=PriceOrigin.SHIPPED,
    as_of="2026-11-20",
    source="provider's price page",
)
MINE = replace(
    FULL,
    rates={**FULL.rates, Meter.AUDIO_IN: Decimal(28), Meter.AUDIO_OUT: Decimal(56)},
    origin=PriceOrigin.YOURS,
    valid_from="2026-06-01",
    as_of="2026-06-01",
    source="our contract",
)
ROWS = (MINE, FULL, FULL_BEFORE, MINI, OLD_MINI, BY_MINUTE)
METERS = (
    (Meter.TEXT_IN, 100.0),
    (Meter.TEXT_IN_CACHED, 200.0),
    (Meter.AUDIO_IN, 500.0),
    (Meter.AUDIO_IN_CACHED, 700.0),
    (Meter.TEXT_OUT, 100.0),
    (Meter.AUDIO_OUT, 600.0),
)


def prices(*rows: PriceRow, problem: str = "") -> PricesReport:
    return PricesReport(rows=rows or ROWS, table_date="2026-11-21", problem=problem)


def priced(usd: str, **changes: Any) -> Cost:
    value = Decimal(usd)
    parts = {
        Meter.AUDIO_IN: value * Decimal("0.3"),
        Meter.AUDIO_IN_CACHED: value * Decimal("0.05"),
        Meter.AUDIO_OUT: value * Decimal("0.6"),
        Meter.TEXT_IN: value * Decimal("0.02"),
        Meter.TEXT_OUT: value * Decimal("0.03"),
    }
    return replace(Cost(usd=value, status=CostStatus.PRICED, parts=parts, row=MINI), **changes)


UNPRICED = Cost(usd=None, status=CostStatus.UNPRICED)
LOCAL = Cost(usd=Decimal(0), status=CostStatus.LOCAL)


def cost(total: Cost, elapsed_s: float = 40.0, **changes: Any) -> CostReport:
    return replace(CostReport(total=total, elapsed_s=elapsed_s, meters=METERS), **changes)


def spending(turns: int) -> list[CostReport]:
    """A session whose turns cost more and more, the later ones mostly from the cache."""
    told, total, wasted = [], Decimal(0), Decimal(0)
    for turn_id in range(1, turns + 1):
        share = 0.0 if turn_id == 1 else min(0.35 + 0.05 * turn_id, 0.93)
        usd = Decimal("0.0031") + Decimal("0.0004") * turn_id - Decimal("0.0001") * (turn_id % 3)
        total += usd
        wasted += usd / 3 if turn_id % 5 == 0 else 0
        told.append(
            cost(
                priced(str(total)),
                elapsed_s=turn_id * 9.0,
                turn=UNPRICED if turn_id == 4 else priced(str(usd)),
                turn_id=turn_id,
                cached_share=share,
                wasted_usd=wasted,
            )
        )
    return told


def consented(mode: RecordingMode = RecordingMode.FULL) -> SessionReport:
    report = session()
    consents = (
        Consent(who="Anna Berg", at_utc="2026-11-21T12:00:01Z", at_ms=1_200.0),
        Consent(who="Zoë Müller", at_utc="2026-11-21T12:01:04Z", at_ms=64_000.0),
    )
    return replace(report, record=replace(report.record, recording_mode=mode, consents=consents))


def exported(*paths: str, odd: tuple[str, ...] = ()) -> ExportReport:
    return ExportReport(Exported(files=paths, bytes_n=1_234_567, odd=odd))
