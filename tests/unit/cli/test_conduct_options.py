"""The words for how our own side behaves."""

import argparse
from collections.abc import Callable

import pytest

from app.cli.compare import add_arguments as add_compare
from app.cli.conduct_options import add_conduct_options, conduct_of
from app.cli.talk import add_arguments as add_talk
from app.core.conduct import BargeIn, Conduct, Guard, Processing, ToolSetup
from app.core.config import Tool
from app.core.errors import ConfigError
from app.session.tool_setups import ToolFile


def conduct(*words: str) -> Conduct:
    parser = argparse.ArgumentParser()
    add_conduct_options(parser)
    return conduct_of(parser.parse_args(words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param([], Conduct(), id="nothing"),
        pytest.param(["--barge-in", "on"], Conduct(), id="on"),
        pytest.param(["--barge-in", "off"], Conduct(barge_in=BargeIn(enabled=False)), id="off"),
        pytest.param(["--barge-in", "local"], Conduct(barge_in=BargeIn(local=True)), id="local"),
        pytest.param(
            ["--echo-cancellation", "--noise-suppression", "--auto-gain", "--high-pass"],
            Conduct(
                processing=Processing(
                    echo_cancellation=True,
                    noise_suppression=True,
                    auto_gain=True,
                    high_pass=True,
                )
            ),
            id="filters",
        ),
        pytest.param(
            ["--half-duplex"], Conduct(processing=Processing(half_duplex=True)), id="half-duplex"
        ),
        pytest.param(
            ["--no-reconnect"], Conduct(guard=Guard(reconnect_attempts=0)), id="no-reconnect"
        ),
        pytest.param(
            ["--rotate-before", "30.5"], Conduct(guard=Guard(rotate_before_s=30.5)), id="rotate"
        ),
        pytest.param(["--rotate-before", "0"], Conduct(guard=Guard(rotate=False)), id="no-rotate"),
        pytest.param(["--stall", "0"], Conduct(guard=Guard(stall_s=0.0)), id="no-stall"),
    ],
)
def test_words_make_a_conduct(words: list[str], expected: Conduct) -> None:
    assert conduct(*words) == expected


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--rotate-before", "-1"], "--rotate-before must be"),
        (["--rotate-before", "nan"], "--rotate-before must be"),
        (["--rotate-before", "4000"], "--rotate-before must be"),
        (["--stall", "inf"], "--stall must be"),
        (["--half-duplex", "--barge-in", "local"], "nobody is heard"),
    ],
)
def test_words_that_cannot_work_are_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        conduct(*words)


def test_tools_are_a_part_of_it() -> None:
    parser = argparse.ArgumentParser()
    add_conduct_options(parser)
    setup = ToolSetup(tool=Tool(name="look", description="", parameters={}))

    found = conduct_of(parser.parse_args([]), ToolFile(tools=(setup,)))

    assert found == Conduct(tools=(setup,))


@pytest.mark.parametrize("add", [add_talk, add_compare])
def test_commands_that_hold_sessions_share_the_words(
    add: Callable[[argparse.ArgumentParser], None], capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])

    said = capsys.readouterr().out
    for word in ("--barge-in", "--no-reconnect", "--rotate-before", "--stall", "--half-duplex"):
        assert word in said
