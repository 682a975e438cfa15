import argparse
import json
from collections.abc import Callable, Sequence

import pytest

from app.cli import weights
from app.core.errors import WeightsError
from app.core.ports import WeightCondition, WeightStatus


class ShelfKeeper:
    """A keeper with one file a set."""

    def __init__(self, default: WeightCondition, more: WeightCondition, *, fails: str = "") -> None:
        self._conditions = {"default": default, "kokoro": more}
        self._fails = fails
        self.fetched: list[list[str]] = []
        self.folder = "/cache"
        self.sets = ("default", "kokoro")

    def status(self) -> Sequence[WeightStatus]:
        return [
            WeightStatus(
                weight_set=name, name=f"{name}.onnx", size_bytes=1_500_000, licence="MIT",
                package=f"{name}==1", condition=condition,
            )
            for name, condition in self._conditions.items()
        ]  # fmt: skip

    def fetch(self, sets: Sequence[str], say: Callable[[str], None]) -> None:
        say("fetching")
        self.fetched.append(list(sets))
        if self._fails:
            raise WeightsError(self._fails, hint="Do this.")


PRESENT, MISSING, DAMAGED = WeightCondition


def run(keeper: ShelfKeeper, *words: str) -> int:
    parser = argparse.ArgumentParser()
    weights.add_arguments(parser, keeper.sets)
    return weights.run(parser.parse_args(words), keeper)


@pytest.mark.parametrize(
    ("words", "sets"),
    [
        (["fetch"], ["default"]),
        (["fetch", "--set", "kokoro"], ["kokoro"]),
        (["fetch", "--set", "all"], ["default", "kokoro"]),
    ],
)
def test_the_chosen_sets_are_fetched(words: list[str], sets: list[str]) -> None:
    keeper = ShelfKeeper(PRESENT, PRESENT)

    assert run(keeper, *words) == 0
    assert keeper.fetched == [sets]


def test_a_failed_fetch_is_one_sentence_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(ShelfKeeper(MISSING, MISSING, fails="no network"), "fetch")

    assert code == 1
    assert capsys.readouterr().err == "No network. Do this.\n"


@pytest.mark.parametrize(
    ("default", "more", "code"),
    [
        (PRESENT, PRESENT, 0),
        (PRESENT, MISSING, 0),
        (PRESENT, DAMAGED, 1),
        (MISSING, PRESENT, 1),
        (DAMAGED, PRESENT, 1),
    ],
)
def test_the_list_fails_when_the_default_set_is_not_whole_or_anything_is_damaged(
    default: WeightCondition, more: WeightCondition, code: int
) -> None:
    assert run(ShelfKeeper(default, more), "list") == code


def test_the_list_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    run(ShelfKeeper(PRESENT, DAMAGED), "list")

    assert capsys.readouterr().out.splitlines() == [
        "ok      default       1.5 MB  default.onnx  (MIT; default==1)",
        "DAMAGED kokoro        1.5 MB  kokoro.onnx  (MIT; kokoro==1)",
        "Folder: /cache",
        "Set default: complete",
        "Set kokoro: incomplete: run `vivavoce weights fetch --set kokoro`",
    ]


def test_the_list_is_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    run(ShelfKeeper(PRESENT, MISSING), "list", "--json")

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["condition"] for row in rows] == ["present", "missing"]
    assert rows[0]["type"] == "weight"
