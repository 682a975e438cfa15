from dataclasses import replace

import pytest

from app.core.config import AuthScheme, VadMode
from app.core.errors import ConfigError
from app.session.messages import InputChoice, InputKind, OutputChoice, OutputKind
from app.ui.vm.catalogue import model_options
from app.ui.vm.preferences import Preferences
from app.ui.vm.setup import SetupViewModel
from tests.support.reports import BUILT_IN, JABRA, devices
from tests.support.ui import catalogue

SAMPLE = "/samples/a.wav"


def setup(
    preferences: Preferences | None = None, *, samples: tuple[str, ...] = (SAMPLE,)
) -> SetupViewModel:
    return SetupViewModel(
        model_options(catalogue()),
        preferences or Preferences(),
        samples=samples,
        sessions_dir="/sessions",
    )


def own(url: str) -> Preferences:
    return Preferences(model_id="custom", endpoint_url=url, endpoint_auth=AuthScheme.NONE)


def test_a_first_start_asks_for_nothing() -> None:
    request = setup().request(None)

    assert request.target.provider == "local"
    assert request.input == InputChoice(kind=InputKind.DEVICE)
    assert request.output == OutputChoice(kind=OutputKind.DEVICE)
    assert request.settings.turn_detection.silence_ms == 500
    assert request.settings.instructions is None
    assert request.sessions_dir == "/sessions"


def test_a_model_that_is_not_offered_any_more_gives_the_first() -> None:
    vm = setup(Preferences(model_id="gone"))

    assert vm.option == vm.options[0]


def test_an_endpoint_that_was_entered_is_a_target() -> None:
    option = setup(own("ws://127.0.0.1:9000")).option

    assert option.target is not None
    assert option.target.url == "ws://127.0.0.1:9000/v1/realtime"


def test_an_endpoint_that_cannot_work_has_no_target_and_is_refused() -> None:
    vm = setup(own("nonsense"))

    assert vm.option.target is None
    with pytest.raises(ConfigError):
        vm.request(None)


def test_only_the_turn_detection_that_the_model_has_is_offered() -> None:
    local = setup(Preferences(vad_mode=VadMode.SEMANTIC))

    assert local.modes == (VadMode.SERVER, VadMode.MANUAL)
    assert local.mode is VadMode.SERVER


def test_a_model_without_any_turn_detection_keeps_the_wish() -> None:
    option = model_options(catalogue())[0]
    can = replace(option.capabilities, server_vad=False, semantic_vad=False, manual_turns=False)
    vm = SetupViewModel([replace(option, capabilities=can)], Preferences())

    assert (vm.modes, vm.mode) == ((), VadMode.SERVER)


@pytest.mark.parametrize(
    ("preferences", "words"),
    [
        (Preferences(), "voice joe  ·  server VAD 500 ms"),
        (
            Preferences(model_id="openai:gpt-realtime-2.1", vad_mode=VadMode.SEMANTIC),
            "voice marin  ·  semantic VAD",
        ),
        (Preferences(vad_mode=VadMode.MANUAL), "voice joe  ·  push-to-talk"),
    ],
)
def test_the_summary_names_voice_and_turn_detection(preferences: Preferences, words: str) -> None:
    assert setup(preferences).summary == words


def test_a_chosen_voice_beats_the_default_one() -> None:
    kept = Preferences(model_id="openai:gpt-realtime-2.1")
    kept = replace(kept, voices=kept.voices_with("openai:gpt-realtime-2.1", "ash"))

    assert setup(kept).request("k").settings.voice == "ash"


def test_the_request_carries_the_key_but_does_not_show_it() -> None:
    request = setup().request("sk-secret")

    assert request.key == "sk-secret"
    assert "sk-secret" not in repr(request)


def test_without_devices_the_sample_speaks_and_time_is_kept() -> None:
    vm = setup()

    vm.take(devices())

    assert vm.stands_in
    assert vm.input == InputChoice(kind=InputKind.FILES, paths=(SAMPLE,))
    assert vm.output == OutputChoice(kind=OutputKind.NULL)
    assert vm.preferences == Preferences()


def test_without_devices_and_sample_there_is_silence() -> None:
    vm = setup(samples=())

    vm.take(devices())

    assert vm.input == InputChoice(kind=InputKind.SILENCE)


def test_files_that_were_forgotten_give_the_sample() -> None:
    vm = setup(Preferences(input_kind=InputKind.FILES))

    assert vm.input == InputChoice(kind=InputKind.FILES, paths=(SAMPLE,))


def test_a_device_that_is_plugged_in_is_used_again() -> None:
    vm = setup()
    vm.take(devices())

    vm.take(devices(JABRA))

    assert vm.input == InputChoice(kind=InputKind.DEVICE)
    assert not vm.no_speaker


def test_choices_are_remembered() -> None:
    vm = setup()
    vm.take(devices(JABRA, BUILT_IN))

    vm.choose_input(InputChoice(kind=InputKind.FILES, paths=("/a.wav",)))
    vm.choose_output(OutputChoice(kind=OutputKind.DEVICE, device="Jabra Evolve2 40"))

    assert vm.input == InputChoice(kind=InputKind.FILES, paths=("/a.wav",))
    assert vm.output == OutputChoice(kind=OutputKind.DEVICE, device="Jabra Evolve2 40")
    assert vm.input in [each.choice for each in vm.microphones]
    assert vm.output in [each.choice for each in vm.speakers]


def test_before_the_devices_are_known_the_defaults_are_offered() -> None:
    vm = setup()

    assert vm.microphones[0].title == "Default microphone"
    assert vm.speakers[0].title == "Default loudspeaker"


def test_only_a_change_is_told() -> None:
    vm = setup()
    told: list[bool] = []
    vm.changed.connect(lambda: told.append(True))

    vm.update(Preferences())
    vm.update(Preferences(silence_ms=200))

    assert told == [True]


def test_whom_to_ask_for_the_users_words_comes_from_the_catalogue() -> None:
    vm = setup(Preferences(model_id="openai:gpt-realtime-2.1"))

    assert vm.request("k").settings.transcription_model == "gpt-4o-mini-transcribe"
    assert vm.draft.url == ""
