"""What settings may ask for of whom."""

import pytest

from app.core.capabilities import Capabilities, check_served
from app.core.config import SessionSettings, TurnDetection, WireFormat
from app.core.errors import ConfigError

ALL = Capabilities(idle_timeout=True, telephone_formats=True, pcm_rates=True)
NONE = Capabilities(idle_timeout=False, telephone_formats=False, pcm_rates=False)
IDLE = SessionSettings(turn_detection=TurnDetection(idle_timeout_ms=6_000))
WANTED = [
    (IDLE, "has no idle time-out"),
    (SessionSettings(input_format=WireFormat.PCMU), "has no G.711 audio"),
    (SessionSettings(output_format=WireFormat.PCMA), "has no G.711 audio"),
    (SessionSettings(input_format=WireFormat.PCM16_8K), "has no PCM at 16 or 8 kHz"),
    (SessionSettings(output_format=WireFormat.PCM16_16K), "has no PCM at 16 or 8 kHz"),
]


@pytest.mark.parametrize(("settings", "says"), WANTED, ids=str)
def test_what_an_endpoint_has_not_is_refused_by_its_name(
    settings: SessionSettings, says: str
) -> None:
    with pytest.raises(ConfigError, match=f"GPT {says}"):
        check_served(settings, NONE, "GPT")


@pytest.mark.parametrize("settings", [SessionSettings(), *[each for each, _ in WANTED]], ids=str)
def test_who_has_all_refuses_nothing(settings: SessionSettings) -> None:
    check_served(settings, ALL, "GPT")


def test_the_usual_is_asked_of_anybody() -> None:
    check_served(SessionSettings(), NONE, "GPT")
