"""A library in memory: made-up sessions, and an engine that answers for them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.core.library import (
    Annotation,
    Facets,
    LibraryPage,
    LibraryQuery,
    LibraryRow,
    Outcome,
    SessionFigures,
    SortBy,
)
from app.core.money import CostStatus
from app.session.messages import (
    ChangeLibrary,
    EngineReport,
    EngineRequest,
    LibraryChanged,
    LibraryDeed,
    LibraryReport,
    QueryLibrary,
)

BEGAN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
MODELS = (
    ("openai", "gpt-realtime-2.1-mini", "GPT Realtime 2.1 mini", CostStatus.PRICED),
    ("local", None, "Embedded speech engine", CostStatus.LOCAL),
    ("google", "gemini-live-2.5-flash", "Gemini Live 2.5 Flash", CostStatus.PARTIAL),
    ("custom", "voice-1", "wss://voice.example.com/v1", CostStatus.UNPRICED),
)
SAID = (
    "What's the weather in Paris?",
    "Could you book me a table for two at eight?",
    "\u0645\u0631\u062d\u0628\u0627 <b>bold</b> \N{PARTY POPPER}",
    "Is the Restaurant in Zürich open on Sundays?",
)
TAGS = ("demo", "noisy line", "Kunde Ä", "regression")


def row(number: int = 0) -> LibraryRow:
    """Return the session of so many hours ago."""
    began = BEGAN - timedelta(hours=7 * number)
    provider, model, title, status = MODELS[number % len(MODELS)]
    outcome = Outcome.TURNS_FAILED if number % 5 == 3 else Outcome.OK
    outcome = Outcome.INTERRUPTED if number % 11 == 7 else outcome
    cost = Decimal("0.0137") * (number % 9 + 1)
    key = began.strftime("%Y%m%d-%H%M%S-") + f"{number:04x}"
    return LibraryRow(
        key=key,
        folder=f"/tmp/sessions/{key}",  # noqa: S108 - a name, never opened
        outcome=outcome,
        session_id=key,
        began_utc=began.isoformat(),
        provider=provider,
        model=model,
        title=title,
        voice="marin" if provider == "openai" else None,
        duration_s=42.0 + 37.5 * (number % 13),
        turns_n=3 + number % 13,
        failed_n=1 if outcome is Outcome.TURNS_FAILED else 0,
        figures=SessionFigures(
            v2v_p50_ms=480.0 + 61 * (number % 7),
            v2v_p95_ms=910.0 if number % 4 == 0 else None,
            interruptions_n=number % 3,
            cost_usd={CostStatus.LOCAL: Decimal(0), CostStatus.UNPRICED: None}.get(status, cost),
            cost_status=status,
        ),
        bytes_n=1_840_000 + 911_000 * (number % 13),
        tags=tuple(tag for place, tag in enumerate(TAGS) if number % (place + 3) == 1),
        starred=number % 6 == 0,
        note="Ask again with the headset." if number == 0 else "",
        odd=("The recording is 1.2 s shorter than its header says.",) if number % 11 == 7 else (),
    )


def rows(count: int) -> tuple[LibraryRow, ...]:
    return tuple(row(number) for number in range(count))


@dataclass
class Shelf:
    """Answers what a window asks of the library; ``late`` keeps answers back."""

    rows: list[LibraryRow] = field(default_factory=list)
    queries: list[QueryLibrary] = field(default_factory=list)
    changes: list[ChangeLibrary] = field(default_factory=list)

    def answer(self, request: EngineRequest) -> list[EngineReport]:
        if isinstance(request, QueryLibrary):
            self.queries.append(request)
            return [LibraryReport(ticket=request.ticket, page=self.page(request.query))]
        if isinstance(request, ChangeLibrary):
            self.changes.append(request)
            return [self.change(request)]
        return []

    def page(self, query: LibraryQuery) -> LibraryPage:
        found = [each for each in self.rows if _holds(each, query)]
        found.sort(key=lambda each: _order(each, query.sort), reverse=query.descending)
        shown = found[query.offset : query.offset + query.limit]
        kept = [each for each in self.rows if each.trashed_utc is None]
        priced = [each.figures.cost_usd for each in found if each.figures.cost_usd is not None]
        return LibraryPage(
            rows=tuple(_hit(each, query.text) for each in shown),
            total=len(found),
            bytes_n=sum(each.bytes_n for each in found),
            duration_s=sum(each.duration_s or 0.0 for each in found),
            usd=sum(priced, Decimal(0)) if priced else None,
            unpriced_n=sum(each.figures.cost_usd is None for each in found),
            trash_n=len(self.rows) - len(kept),
            facets=Facets(
                providers=_counts(each.provider for each in kept),
                models=_counts(each.model for each in kept),
                tags=_counts(tag for each in kept for tag in each.tags),
                outcomes=_counts(each.outcome.value for each in kept),
            ),
        )

    def change(self, wish: ChangeLibrary) -> LibraryChanged:
        keys = wish.keys
        if wish.deed is LibraryDeed.RETAIN:
            keys = tuple(each.key for each in self.rows if not each.starred)[-2:]
        if not wish.dry:
            self.rows = [
                changed
                for each in self.rows
                if (changed := _done(each, wish) if each.key in keys else each) is not None
            ]
        return LibraryChanged(deed=wish.deed, keys=keys, dry=wish.dry)


def _done(each: LibraryRow, wish: ChangeLibrary) -> LibraryRow | None:
    if wish.deed in {LibraryDeed.TRASH, LibraryDeed.RETAIN}:
        return replace(each, trashed_utc=BEGAN.isoformat())
    if wish.deed is LibraryDeed.RESTORE:
        return replace(each, trashed_utc=None)
    if wish.deed is LibraryDeed.DELETE:
        return None
    return _annotated(each, wish.annotation)


def _annotated(each: LibraryRow, note: Annotation) -> LibraryRow:
    tags = [tag for tag in each.tags if tag not in note.remove_tags]
    return replace(
        each,
        tags=(*tags, *(tag for tag in note.add_tags if tag not in tags)),
        note=each.note if note.note is None else note.note,
        starred=each.starred if note.starred is None else note.starred,
    )


def _holds(each: LibraryRow, query: LibraryQuery) -> bool:
    said = SAID[int(each.key[-4:], 16) % len(SAID)].lower()
    words = query.text.lower().replace('"', "").split()
    return all(
        (
            (each.trashed_utc is not None) is query.in_trash,
            all(word in f"{said} {each.title} {each.note}".lower() for word in words),
            not query.providers or each.provider in query.providers,
            not query.models or each.model in query.models,
            set(query.tags) <= set(each.tags),
            not query.outcomes or each.outcome in query.outcomes,
            query.starred is None or each.starred is query.starred,
            query.least_s is None or (each.duration_s or 0) >= query.least_s,
            query.since is None or (each.began_utc or "") >= query.since,
        )
    )


def _order(each: LibraryRow, by: SortBy) -> tuple[object, str]:
    found: dict[SortBy, object] = {
        SortBy.MODEL: each.title or "",
        SortBy.DURATION: each.duration_s or 0.0,
        SortBy.TURNS: each.turns_n or 0,
        SortBy.SIZE: each.bytes_n,
        SortBy.LATENCY: each.figures.v2v_p50_ms or 0.0,
        SortBy.COST: each.figures.cost_usd or Decimal(-1),
    }
    return found.get(by, ""), each.key


def _hit(each: LibraryRow, text: str) -> LibraryRow:
    words = text.lower().replace('"', "").split()
    if not words:
        return each
    said = SAID[int(each.key[-4:], 16) % len(SAID)]
    at = said.lower().find(words[0])
    if at < 0:
        return each
    end = at + len(words[0])
    pieces = ((f"You: {said[:at]}", False), (said[at:end], True), (said[end:], False))
    return replace(each, snippet=pieces)


def _counts(found: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(each for each in found if each is not None).most_common())
