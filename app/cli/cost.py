"""``vivavoce cost``: what recorded sessions cost, and what others will.

SESSION is a folder, an id, the end of a name, or "latest". --what-if prices the same use at
another model's rates. --project tells what a month comes to: low where everything that can be
cached is, high where nothing is. --workloads prices five common kinds of conversation as text
and as speech. Money is computed from the dated price table whenever it is shown; unknown is
"unpriced", never 0.
"""

import argparse
from typing import Any, Final, TextIO

from app.cli.cost_plans import cost_fields, row_of_model
from app.cli.plain import json_line, plain
from app.cli.prices import as_fields, day, one_meant
from app.cli.tables import table_lines
from app.core.errors import ConfigError
from app.core.money import CostStatus
from app.core.ports import PriceBook, StoredSession
from app.metrics.cost import row_instead, session_row
from app.metrics.cost_session import SessionCost, TurnCost, cost_at
from app.metrics.cost_words import cost_words, missing_words, row_words, usd_words
from app.metrics.projection import USER_SHARE

_NO_VALUE: Final = "\N{EN DASH}"
_TURNS: Final = ("turn", "cost", "audio", "text", "cached", "other", "cached share", "so far")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument("sessions", nargs="*", metavar="SESSION", help="recorded sessions")
    parser.add_argument("--out", metavar="DIR", help="look for them below this folder")
    parser.add_argument("--what-if", metavar="MODEL", help="the same use at this model's prices")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    plan = parser.add_argument_group("what will it cost")
    plan.add_argument("--project", action="store_true", help="a month of sessions")
    plan.add_argument("--workloads", action="store_true", help="five common workloads")
    plan.add_argument(
        "--model",
        default="openai:gpt-realtime-mini",
        help="as `vivavoce prices` names it (default: %(default)s)",
    )
    _number(plan, "--sessions-per-day", 100.0, "sessions a day")
    _number(plan, "--minutes", 5.0, "minutes of a session")
    plan.add_argument("--turns", type=int, default=20, metavar="N", help="turns of a session")
    _number(plan, "--instructions", 500.0, "tokens of the instructions")
    _number(plan, "--user-share", USER_SHARE, "the user's share of the talk, 0 to 1")
    plan.add_argument(
        "--cached", type=float, metavar="SHARE", help="share of cached tokens to expect, 0 to 1"
    )
    plan.add_argument("--on", metavar="DATE", type=day, help="at the prices of another day")


def _number(group: argparse._ArgumentGroup, name: str, default: float, words: str) -> None:
    group.add_argument(
        name, type=float, default=default, metavar="N", help=f"{words} (default: {default:.4g})"
    )


def check(parsed: argparse.Namespace) -> None:
    """Raise unless exactly one thing is asked for.

    Raises:
        ConfigError: If it is not clear what to price.
    """
    wishes = (bool(parsed.sessions), parsed.project, parsed.workloads)
    if sum(wishes) != 1:
        raise ConfigError(
            "Either name sessions, or ask for --project or --workloads.",
            hint="`vivavoce cost latest` prices the last session.",
        )


def show_session(
    parsed: argparse.Namespace, stored: StoredSession, book: PriceBook, out: TextIO
) -> None:
    """Print what a session cost, or would at other prices.

    Raises:
        ConfigError: If the prices of ``--what-if`` are not known.
    """
    row = session_row(stored.record, book)
    if parsed.what_if is not None:
        row = row_instead(*one_meant(parsed.what_if, book), stored.record, book)
        row = row or row_of_model(parsed.what_if, book, stored.record.t0_utc[:10])
    found = cost_at(stored.turns, stored.record, row)
    if parsed.json:
        for each in found.turns:
            print(json_line(_turn_fields(stored, each)), file=out)
        print(json_line(_session_fields(stored, found)), file=out)
        return
    print(plain(f"{stored.record.target.title}, {stored.record.t0_utc}"), file=out)
    for line in table_lines(_TURNS, [_turn_cells(each) for each in found.turns], texts=0):
        print(line, file=out)
    print("\n".join(map(plain, _session_lines(found))), file=out)


def _turn_cells(each: TurnCost) -> tuple[str, ...]:
    parts = each.split
    split = (parts.audio, parts.text, parts.cached, parts.other)
    shown = [usd_words(usd) for usd in split] if each.cost.parts else [_NO_VALUE] * len(split)
    so_far = usd_words(each.cumulative_usd)
    return (
        str(each.turn_id), cost_words(each.cost), *shown, _share(each.cached_share), so_far
    )  # fmt: skip


def _session_lines(found: SessionCost) -> list[str]:
    parts = found.split
    lines = [
        "",
        f"Total            {cost_words(found.total)}",
        f"  audio {usd_words(parts.audio)}, text {usd_words(parts.text)}, "
        f"cached {usd_words(parts.cached)}, other {usd_words(parts.other)}"
        if found.total.parts
        else "",
        missing_words(found.total),
        f"Cached share     {_share(found.cached_share)} of the tokens read",
        f"A minute         {usd_words(found.per_minute)}",
        f"A minute spoken  {usd_words(found.per_agent_minute)}",
        f"A turn that went well  {usd_words(found.per_success)}",
        f"Paid, not heard  {usd_words(found.wasted_usd)}",
        f"Price            {_price_words(found)}",
        *([f"                 {found.row.notes}"] if found.row and found.row.notes else []),
    ]
    return [lines[0], *(line for line in lines[1:] if line.strip())]


def _price_words(found: SessionCost) -> str:
    local = found.total.status is CostStatus.LOCAL
    return "on this machine: nobody bills it" if local else row_words(found.row)


def _share(share: float | None) -> str:
    return _NO_VALUE if share is None else f"{share:.0%}"


def _turn_fields(stored: StoredSession, each: TurnCost) -> dict[str, Any]:
    return {
        "type": "turn_cost",
        "session_id": stored.record.session_id,
        "turn_id": each.turn_id,
        **cost_fields(each.cost),
        "cached_share": each.cached_share,
        "cumulative_usd": each.cumulative_usd,
    }


def _session_fields(stored: StoredSession, found: SessionCost) -> dict[str, Any]:
    return {
        "type": "session_cost",
        "session_id": stored.record.session_id,
        **cost_fields(found.total),
        "audio_usd": found.split.audio,
        "text_usd": found.split.text,
        "cached_usd": found.split.cached,
        "other_usd": found.split.other,
        "meters": {meter.value: value for meter, value in found.meters.items()},
        "cached_share": found.cached_share,
        "per_minute_usd": found.per_minute,
        "per_agent_minute_usd": found.per_agent_minute,
        "per_success_usd": found.per_success,
        "wasted_usd": found.wasted_usd,
        "price": None if found.row is None else as_fields(found.row),
    }
