"""``vivavoce prices`` and ``vivavoce cost`` from their words, in this process."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import USAGE_ERROR, main
from tests.support.conversations import record_conversation, track
from tests.support.money import GOLDEN_USD, session, turn

MINI = "openai:gpt-realtime-mini"


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "prices.json"
    monkeypatch.setenv("VIVAVOCE_PRICES", str(path))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    turns = (turn(), turn(turn_id=2, audio_out_ms=60_000.0, wasted_tokens=100.0))
    held = session(connected_s=120.0)
    sound = track(1, (0.2, 0.5))
    return record_conversation(tmp_path / "sessions", sound, sound, turns, held)


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_all_prices_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices"]) == 0
    table = capsys.readouterr().out
    assert "openai:gpt-realtime-mini " in table
    assert "Newest source read 2026-11-21." in table

    assert main(["prices", "--json"]) == 0
    listed = rows(capsys)
    assert {"openai", "google_gemini", "xai"} <= {row["provider"] for row in listed}
    assert {row["origin"] for row in listed} == {"shipped", "genai-prices"}


def test_a_price_of_ones_own_comes_first_and_goes_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rates = ["--audio-out", "15", "--source", "our contract", "--from", "2026-11-01"]
    assert main(["prices", "set", MINI, *rates]) == 0
    assert "our contract" in capsys.readouterr().out

    assert main(["prices", MINI, "--json"]) == 0
    (believed,) = rows(capsys)
    assert (believed["origin"], believed["rates"]) == ("yours", {"audio_out": "15"})
    assert main(["prices", MINI, "--on", "2026-10-31", "--json"]) == 0
    assert rows(capsys)[0]["origin"] == "shipped"
    assert main(["prices", MINI, "--history"]) == 0
    history = capsys.readouterr().out
    assert "(shipped, read 2026-11-21)" in history
    assert "(yours, from 2026-11-01 on, read " in history

    assert main(["prices", "remove", MINI]) == USAGE_ERROR
    assert main(["prices", "remove", MINI, "--from", "2026-11-01"]) == 0
    capsys.readouterr()
    assert main(["prices", MINI, "--json"]) == 0
    assert rows(capsys)[0]["origin"] == "shipped"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["set", MINI], "No rate was given."),
        (["set", MINI, "--audio-in", "much"], "'much' is no number"),
        (["set", MINI, "--audio-in", "1", "--from", "soon"], "Invalid isoformat"),
        (["set", ":m", "--audio-in", "1"], "names no provider"),
        (["set", "gpt-x", "--audio-in", "1"], "names no provider"),
        (["a", "b"], "not clear which model"),
        (["--on", "2026-01-01"], "about one model"),
    ],
)
def test_words_that_cannot_work_are_told(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", *words]) == USAGE_ERROR
    assert sentence in capsys.readouterr().err


def test_a_day_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["prices", MINI, "--on", "soon"])
    assert "'soon' is no date" in capsys.readouterr().err


def test_what_nobody_knows_is_unpriced(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "custom:gpt-realtime"]) == 1
    assert "is unpriced" in capsys.readouterr().err
    assert main(["prices", "hume:EVI"]) == 0
    out = capsys.readouterr().out
    assert "unpriced" in out
    assert "let the user type it in" in out


def test_what_is_odd_with_the_users_file_is_told(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own.write_text("{")

    assert main(["prices", MINI]) == 0
    assert "Your own prices" in capsys.readouterr().err


def test_what_a_session_cost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", str(folder), "--json"]) == 0

    first, second, whole = rows(capsys)
    assert Decimal(first["usd"]) == GOLDEN_USD
    assert Decimal(second["cumulative_usd"]) == 2 * GOLDEN_USD
    assert first["cached_share"] == pytest.approx(800 / 1500)
    assert Decimal(whole["usd"]) == 2 * GOLDEN_USD
    assert whole["status"] == "priced"
    assert Decimal(whole["per_minute_usd"]) == GOLDEN_USD
    assert Decimal(whole["per_agent_minute_usd"]) == 2 * GOLDEN_USD
    assert Decimal(whole["wasted_usd"]) == Decimal("0.002")
    assert whole["price"]["as_of"] == "2026-11-21"
    assert whole["meters"]["audio_in_cached"] == 1400


def test_a_session_is_shown_to_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Total            $0.0352" in out
    assert "Cached share     53% of the tokens read" in out
    assert "openai gpt-realtime-mini (shipped, read 2026-11-21)" in out


def test_what_it_would_cost_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", str(folder), "--what-if", "openai:gpt-realtime", "--json"]) == 0
    assert Decimal(rows(capsys)[-1]["usd"]) == 2 * Decimal("0.05712")
    assert main(["cost", str(folder), "--what-if", "openai:gpt-live-1", "--json"]) == 0
    assert Decimal(rows(capsys)[-1]["usd"]) == Decimal("0.1")
    assert main(["cost", str(folder), "--what-if", "openai:gpt-99"]) == USAGE_ERROR
    assert "unpriced" in capsys.readouterr().err


def test_what_is_unpriced_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = track(1, (0.2, 0.5))
    for provider, words in (("custom", "Total            unpriced"), ("local", "on this machine")):
        root = tmp_path / provider
        held = record_conversation(root, sound, sound, [turn()], session(provider, None))
        assert main(["cost", str(held)]) == 0
        assert words in capsys.readouterr().out


PLAN = ["cost", "--project", "--sessions-per-day", "100", "--minutes", "6.5", "--turns", "30"]


def test_a_month_is_projected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "--cached", "0.5", "--json"]) == 0
    found = rows(capsys)
    assert len(found) == 31
    assert round(Decimal(found[-1]["high_per_minute_usd"]), 3) == Decimal("0.160")
    assert round(Decimal(found[-1]["low_per_minute_usd"]), 3) == Decimal("0.022")
    assert found[-1]["expected_month_usd"] is not None

    assert main([*PLAN, "--cached", "0.5"]) == 0
    out = capsys.readouterr().out
    assert "A month    $426.97 with all cached, $3,128.47 with nothing cached (30 days)" in out
    assert "Expected   $" in out


def test_a_projection_without_rates_for_cached_tokens_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*PLAN, "--model", "google_gemini:gemini-3.8-live"]) == 0
    assert "both are the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Either name sessions"),
        (["x", "--project"], "Either name sessions"),
        (["--project", "--turns", "0"], "1 to 1000 turns"),
        (["--project", "--model", "custom:x"], "unpriced"),
        (["nowhere"], "There is no session"),
    ],
)
def test_what_cannot_be_priced_is_told(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["cost", *words, "--out", str(tmp_path)]) == USAGE_ERROR
    assert sentence in capsys.readouterr().err


def test_the_five_workloads_are_typed_and_spoken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--workloads"]) == 0
    out = capsys.readouterr().out
    assert "Live Customer Support" in out
    assert "The same words cost 48 to 64 times as much spoken as typed" in out

    assert main(["cost", "--workloads", "--json"]) == 0
    found = rows(capsys)
    assert [row["id"] for row in found] == [
        "support", "translation", "code", "meeting", "moderation"
    ]  # fmt: skip
    assert all(float(row["times"]) > 20 for row in found)
    assert main(["cost", "--workloads", "--model", "openai:gpt-live-1"]) == 0


def test_a_bare_model_name_finds_it_at_every_provider(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "gpt-realtime-mini", "--json"]) == 0
    assert {row["provider"] for row in rows(capsys)} == {"openai", "azure_openai"}

    assert main(["cost", "--workloads", "--model", "gpt-realtime-mini"]) == USAGE_ERROR
    assert "azure_openai:gpt-realtime-mini, openai:" in capsys.readouterr().err

    assert main(["cost", "--workloads", "--model", "gpt-realtime-mini-2025-12-15"]) == 0
    assert main(["prices", "nonsense"]) == USAGE_ERROR
    assert "at any provider" in capsys.readouterr().err
