"""What the battery page shows of the sweep over turn detection."""

import asyncio

import pytest

from app.core.config import TurnDetection, VadMode
from app.metrics.battery_outcomes import SweepPoint, SweepResult
from app.session.messages import StartSweep, SweepReport
from app.ui.vm.sweep import HEADINGS, HINTS, MOST_SETTINGS, Point, SweepViewModel
from tests.unit.ui.vm.test_battery import Engine

SERVER = (VadMode.SERVER, VadMode.MANUAL)
BOTH = (VadMode.SERVER, VadMode.SEMANTIC, VadMode.MANUAL)


def point(
    setting: str,
    n: int,
    cut_off: int,
    v2v: float | None,
    rate: tuple[float | None, float | None, float | None] = (None, None, None),
) -> SweepPoint:
    return SweepPoint(
        setting=setting,
        n=n,
        failed_n=1 if v2v is None else 0,
        cut_off_n=cut_off,
        rate=rate[0],
        rate_low=rate[1],
        rate_high=rate[2],
        v2v_p50_ms=v2v,
        v2v_p95_ms=None,
    )


RESULT = SweepResult(
    model="A model",
    seed=0,
    points=(
        point("server VAD 200 ms", 12, 9, 480.0, (0.75, 0.468, 0.911)),
        point("server VAD 800 ms", 12, 3, 1080.0, (0.25, 0.089, 0.532)),
        point("semantic VAD low", 0, 0, None),
    ),
    delay_at_5_percent_ms=1250.0,
    cut_off_at_300_ms=0.5,
    warnings=("Few sentences.",),
)


def page(engine: Engine, modes: tuple[VadMode, ...] = SERVER) -> SweepViewModel:
    return SweepViewModel(engine.run, lambda: modes)


@pytest.mark.parametrize(
    ("text", "silences"),
    [
        ("200, 300,500 800", [200, 300, 500, 800]),
        (" 500;200,, 200 ", [200, 500]),
        ("", None),
        ("fast", None),
        ("-200", None),
        ("200.5", None),
        ("49", None),
        ("5001", None),
        ("99999999", None),
        (", ".join(str(100 + 10 * each) for each in range(MOST_SETTINGS + 1)), None),
    ],
)
def test_silences_are_read_or_refused_with_a_sentence(
    text: str, silences: list[int] | None
) -> None:
    engine = Engine()
    vm = page(engine)
    vm.silences = text

    asyncio.run(vm.start())

    if silences is None:
        assert engine.asked == []
        assert vm.run.words.startswith("Write up to 12 silences")
        assert vm.plan == vm.fault
    else:
        (asked,) = engine.asked
        assert isinstance(asked, StartSweep)
        assert [each.silence_ms for each in asked.settings] == silences


@pytest.mark.parametrize(("modes", "n"), [(SERVER, 4), (BOTH, 7)])
def test_semantic_settings_are_asked_for_only_where_the_model_has_them(
    modes: tuple[VadMode, ...], n: int
) -> None:
    vm = page(Engine(), modes)
    vm.semantic = True

    assert len(vm.settings) == n
    assert vm.can_semantic is (VadMode.SEMANTIC in modes)


def test_the_other_parameters_stay_those_of_the_session() -> None:
    engine = Engine()

    asyncio.run(page(engine).start())

    (asked,) = engine.asked
    assert isinstance(asked, StartSweep)
    assert asked.settings[0] == TurnDetection(silence_ms=200)
    assert asked.repeats == 3


def test_the_plan_counts_sentences_and_minutes() -> None:
    vm = page(Engine())
    vm.silences, vm.repeats = "200, 500", 5

    assert vm.plan == "40 sentences, about 6 min."


def test_the_table_and_the_drawing_hold_the_points() -> None:
    vm = page(Engine())
    vm.take(SweepReport(RESULT, complete=True))

    assert len(HEADINGS) == len(HINTS)
    assert vm.lines[0][:4] == ("server VAD 200 ms", "12", "9 of 12", "75% (47% to 91%)")
    assert vm.lines[2][:4] == ("semantic VAD low", "0 (1 not)", "0 of 0", "\N{EN DASH}")
    assert vm.points == (
        Point("server VAD 200 ms", 480.0, 0.75, 12),
        Point("server VAD 800 ms", 1080.0, 0.25, 12),
    )
    assert vm.title == "A model: 24 sentences, seed 0"
    assert vm.footnote == (
        "5 % are cut off at a voice-to-voice of 1\N{THIN SPACE}250\N{THIN SPACE}ms. "
        "At 300 ms 50% are cut off. Few sentences."
    )


def test_without_a_result_there_is_nothing() -> None:
    vm = page(Engine())

    assert (vm.lines, vm.points, vm.title, vm.footnote) == ((), (), "", "")
