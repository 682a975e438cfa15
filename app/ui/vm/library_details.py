"""The chosen sessions in words: one in full, or several together."""

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal

from app.core.library import LibraryRow
from app.core.money import CostStatus
from app.metrics.cost_words import UNPRICED
from app.ui.vm.cost_text import usd
from app.ui.vm.library_filters import OUTCOMES
from app.ui.vm.library_lines import cost, count, duration, local_time, model, size, title
from app.ui.vm.text import UNKNOWN, one_line, quantity

Pairs = tuple[tuple[str, str], ...]


def heading(row: LibraryRow) -> str:
    """Return what was tested."""
    return title(row)


def headline(row: LibraryRow, zone: tzinfo | None = None) -> str:
    """Return when it was and by which names the model is known."""
    return "\n".join(filter(None, (local_time(row.began_utc, zone), model(row))))


def facts(row: LibraryRow) -> Pairs:
    """Return a session's figures by name, as far as they are known or said to be unknown."""
    found = row.figures
    pairs = [
        ("Result", OUTCOMES[row.outcome]),
        ("Duration", duration(row.duration_s)),
        ("Turns", count(row.turns_n)),
        ("Failed", count(row.failed_n)),
        ("V2V P50", quantity(found.v2v_p50_ms, "ms")),
        ("V2V P95", quantity(found.v2v_p95_ms, "ms")),
        ("Interruptions", count(found.interruptions_n)),
        ("Cost", cost(found)),
        ("Size", size(row.bytes_n)),
    ]
    for name, words in (("Voice", row.voice), ("Run", row.run_id)):
        if words:
            pairs.append((name, one_line(words)))
    return tuple(pairs)


def together(rows: Sequence[LibraryRow]) -> Pairs:
    """Return what several sessions come to together; those that nobody knows are counted."""
    if not rows:
        return ()
    lengths = [row.duration_s for row in rows if row.duration_s is not None]
    turns = [row.turns_n for row in rows if row.turns_n is not None]
    return (
        ("Duration", duration(sum(lengths)) if lengths else UNKNOWN),
        ("Turns", count(sum(turns)) if turns else UNKNOWN),
        ("Cost", _sum(rows)),
        ("Size", size(sum(row.bytes_n for row in rows))),
    )


def _sum(rows: Sequence[LibraryRow]) -> str:
    """Return what is priced, and how many sessions are not."""
    priced = [row.figures.cost_usd for row in rows if row.figures.cost_usd is not None]
    unpriced = sum(row.figures.cost_status is CostStatus.UNPRICED for row in rows)
    total = usd(sum(priced, Decimal(0))) if priced else ""
    missing = f"{count(unpriced)} {UNPRICED}" if unpriced else ""
    return ", ".join(filter(None, (total, missing))) or UNKNOWN


def common_tags(rows: Sequence[LibraryRow]) -> tuple[str, ...]:
    """Return the tags that all of the sessions have, in the order of the first."""
    if not rows:
        return ()
    shared = set(rows[0].tags).intersection(*(row.tags for row in rows[1:]))
    return tuple(each for each in rows[0].tags if each in shared)
