"""``vivavoce weights``: fetch the model files, or say what is there."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from app.cli.plain import told
from app.core.errors import AppError
from app.core.ports import WeightCondition, WeightKeeper, WeightStatus

ALL_SETS = "all"
_MARKS = {
    WeightCondition.PRESENT: "ok",
    WeightCondition.MISSING: "missing",
    WeightCondition.DAMAGED: "DAMAGED",
}


def add_arguments(parser: argparse.ArgumentParser, sets: Sequence[str]) -> None:
    """Give ``parser`` the words of this command; ``sets`` are the keeper's."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="fetch|list")
    fetch = actions.add_parser("fetch", help="fetch what is missing or damaged")
    fetch.add_argument(
        "--set", dest="weight_set", choices=[*sets, ALL_SETS], default=sets[0], help="which weights"
    )
    listing = actions.add_parser("list", help="check every file and say what is there")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")


def run(arguments: argparse.Namespace, keeper: WeightKeeper) -> int:
    """Do what ``arguments`` say; return the exit code."""
    try:
        if arguments.action == "fetch":
            return _fetch(arguments.weight_set, keeper)
        return _list(keeper, as_json=arguments.json)
    except AppError as error:
        print(told(error), file=sys.stderr)
        return 1


def _fetch(chosen: str, keeper: WeightKeeper) -> int:
    sets = keeper.sets if chosen == ALL_SETS else [chosen]
    keeper.fetch(sets, _say)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _list(keeper: WeightKeeper, *, as_json: bool) -> int:
    found = keeper.status()
    for row in found:
        print(json.dumps({"type": "weight", **asdict(row)}) if as_json else _line(row))
    if not as_json:
        print(_verdict(found, keeper))
    wrong = [row for row in found if row.condition is not WeightCondition.PRESENT]
    damaged = any(row.condition is WeightCondition.DAMAGED for row in wrong)
    return 1 if damaged or any(row.weight_set == keeper.sets[0] for row in wrong) else 0


def _line(row: WeightStatus) -> str:
    mark = _MARKS[row.condition]
    size = f"{row.size_bytes / 1e6:8.1f} MB"
    return f"{mark:8}{row.weight_set:9}{size}  {row.name}  ({row.licence}; {row.package})"


def _verdict(found: Sequence[WeightStatus], keeper: WeightKeeper) -> str:
    wanting = {row.weight_set: row for row in found if row.condition is not WeightCondition.PRESENT}
    lines = [f"Folder: {keeper.folder}"]
    for name in keeper.sets:
        state = "incomplete: run `vivavoce weights fetch --set " + name + "`"
        lines.append(f"Set {name}: {state if name in wanting else 'complete'}")
    return "\n".join(lines)
