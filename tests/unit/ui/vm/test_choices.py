import pytest

from app.session.messages import InputChoice, InputKind, OutputChoice, OutputKind
from app.ui.vm.choices import file_title, microphones, speakers
from tests.support.reports import BUILT_IN, JABRA

DEFAULT_IN = InputChoice(kind=InputKind.DEVICE)
DEFAULT_OUT = OutputChoice(kind=OutputKind.DEVICE)


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ((), "no file"),
        (("/a/b/hello.wav",), "hello.wav"),
        (("C:\\a\\hello.wav", "b.wav", "c.wav"), "hello.wav and 2 more"),
        (("/a/\x1b[31m.wav",), "␛[31m.wav"),
    ],
)
def test_files_have_a_short_name(paths: tuple[str, ...], words: str) -> None:
    assert file_title(paths) == words


def test_microphones_begin_with_the_default_and_end_with_files() -> None:
    offered = microphones([JABRA, BUILT_IN], DEFAULT_IN, ("/samples/a.wav",))

    assert [(each.title, each.choice) for each in offered] == [
        ("Default: Jabra Evolve2 40", DEFAULT_IN),
        ("Jabra Evolve2 40", InputChoice(kind=InputKind.DEVICE, device="Jabra Evolve2 40")),
        (
            "Built-in Audio Analog Stereo",
            InputChoice(kind=InputKind.DEVICE, device="Built-in Audio Analog Stereo"),
        ),
        ("Bundled recordings", InputChoice(kind=InputKind.FILES, paths=("/samples/a.wav",))),
        ("Silence", InputChoice(kind=InputKind.SILENCE)),
        ("Sound files…", None),
    ]


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        (InputChoice(kind=InputKind.DEVICE), "Default microphone"),
        (InputChoice(kind=InputKind.DEVICE, device="Yeti"), "Yeti (not connected)"),
        (InputChoice(kind=InputKind.FILES, paths=("/x/a.wav",)), "a.wav"),
    ],
)
def test_a_chosen_microphone_is_offered_even_when_it_is_not_there(
    chosen: InputChoice, title: str
) -> None:
    first = microphones([], chosen, ())[0]

    assert (first.title, first.choice) == (title, chosen)


def test_speakers_begin_with_the_default_and_end_with_none() -> None:
    offered = speakers([JABRA], DEFAULT_OUT)

    assert [each.title for each in offered] == [
        "Default: Jabra Evolve2 40",
        "Jabra Evolve2 40",
        "None (keeps time)",
    ]


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        (OutputChoice(kind=OutputKind.DEVICE), "Default loudspeaker"),
        (OutputChoice(kind=OutputKind.DEVICE, device="Yeti"), "Yeti (not connected)"),
    ],
)
def test_a_chosen_speaker_is_offered_even_when_it_is_not_there(
    chosen: OutputChoice, title: str
) -> None:
    first = speakers([], chosen)[0]

    assert (first.title, first.choice) == (title, chosen)
