"""What stands for the microphone: a device, files, silence, or the user of a recorded session."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.audio.clip import RecordedSpeech
from app.audio.host import DeviceMicrophone
from app.audio.sources import RecordedMicrophone, ScriptedMicrophone, SilentMicrophone
from app.audio.supervisor import AudioChild
from app.audio.wav import read_wav_info
from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Clock
from app.core.errors import ConfigError, StoreError
from app.core.ports import SessionReader, StoredSession
from app.dsp.pcm import silence
from app.dsp.speech import Segment, SpeechReader
from app.session.messages import InputChoice, InputKind, RerunTiming, StartSession
from app.session.parts import OpenedInput
from app.session.rerun import Cut, tells_speech, turn_cuts, whole_cuts
from app.session.typed import typed_turns
from app.store.reader import FolderReader
from app.store.reader_audio import frames_of, read_span
from app.store.typed import typed_messages

PAUSE_MS: Final = 700.0
"""Where no turn tells, so much silence ends what was said."""
_LISTENED_FRAMES: Final = 10 * SESSION_RATE_HZ


def open_input(
    clock: Clock, child: AudioChild, reader: SessionReader, choice: InputChoice
) -> OpenedInput:
    """Return what stands for the microphone; its owner opens it.

    Raises:
        DeviceError: If a file cannot be spoken.
        StoreError: If the recorded session cannot be read.
        ConfigError: If nobody is heard in it.
    """
    match choice.kind:
        case InputKind.FILES:
            paths = [Path(path) for path in choice.paths]
            for path in paths:
                read_wav_info(path)  # a file that cannot be spoken is told before anything starts
            script = ScriptedMicrophone(paths, clock)
            return OpenedInput(source=script, script=script)
        case InputKind.SILENCE:
            return OpenedInput(source=SilentMicrophone(clock), script=None)
        case InputKind.SESSION:
            return _again(clock, reader, choice)
        case InputKind.DEVICE:
            return OpenedInput(source=DeviceMicrophone(choice.device, child), script=None)


def found_again(start: StartSession, reader: FolderReader, root: str | None) -> StartSession:
    """Return ``start`` with the recorded session that it names found, if it names one.

    Raises:
        StoreError: If there is no such session, or it cannot be read.
    """
    if start.input.kind is not InputKind.SESSION or not start.input.session:
        return start
    folder = reader.find(start.input.session, root)
    again = replace(start.input, session=str(folder.absolute()))
    return replace(start, input=again, rerun_of=reader.read(folder).record.session_id)


def _again(clock: Clock, reader: SessionReader, choice: InputChoice) -> OpenedInput:
    """Return what says, and types, what the user of a recorded session did."""
    if not choice.session:
        raise ConfigError("No recorded session was named.", hint="Choose one in the library.")
    folder = Path(choice.session)
    stored, messages = reader.read(folder), typed_messages(folder)
    paced = choice.timing is RerunTiming.RECORDED
    cuts = _cuts(folder, stored, paced=paced, typed=bool(messages))
    typed = typed_turns(stored, messages, cuts, rate_hz=SESSION_RATE_HZ)
    told = _left_out(stored, len(cuts), len(messages), len(typed))
    if not cuts and not typed:
        raise ConfigError(
            "The recorded session has typed messages only, and their words were not kept.",
            hint="Choose a session with sound, or one that was recorded in full.",
        )
    if not cuts:
        silent = SilentMicrophone(clock)
        return OpenedInput(source=silent, script=None, typed=typed, paced=paced, warnings=told)
    script = _microphone(clock, folder, cuts, paced=paced)
    return OpenedInput(source=script, script=script, typed=typed, paced=paced, warnings=told)


def _cuts(folder: Path, stored: StoredSession, *, paced: bool, typed: bool) -> Sequence[Cut]:
    """Return what is spoken; () where nobody speaks and something was typed instead.

    Raises:
        ConfigError: If nobody speaks, or there is no sound, and nothing was typed either.
        StoreError: If the sound cannot be read.
    """
    try:
        frames = _frames_of(folder)
        told = tells_speech(stored, frames)
        heard = () if told or (typed and stored.turns) else _listen(folder, frames)
        return (whole_cuts if paced else turn_cuts)(stored, frames, heard)
    except ConfigError:
        if typed:
            return ()
        raise


def _microphone(
    clock: Clock, folder: Path, cuts: Sequence[Cut], *, paced: bool
) -> ScriptedMicrophone:
    """Return a microphone that says what was cut out of a recording."""

    def read(first: int, end: int) -> Samples:
        try:
            return read_span(folder, first, end)[0]
        except StoreError:  # taken away meanwhile: the clip says that it is cut short
            return silence(0)

    speeches = [RecordedSpeech(cut.name, read, cut.first, cut.end) for cut in cuts]
    make = RecordedMicrophone if paced else ScriptedMicrophone
    return make(speeches, clock)


def _frames_of(folder: Path) -> int:
    try:
        return frames_of(folder)
    except StoreError as error:
        raise ConfigError(
            f"The recorded session holds no sound of its user: {error}",
            hint="Choose one that was recorded in full.",
        ) from error


def _listen(folder: Path, frames: int) -> Sequence[Segment]:
    """Return where the user speaks, found in the sound itself."""
    ears = SpeechReader(SESSION_RATE_HZ)
    for first in range(0, frames, _LISTENED_FRAMES):
        ears.push(read_span(folder, first, first + _LISTENED_FRAMES)[0])
    return ears.speech(PAUSE_MS)


def _left_out(
    stored: StoredSession, spoken_n: int, messages_n: int, typed_n: int
) -> tuple[str, ...]:
    """Return a sentence about turns that are not said again: nobody spoke or typed in them."""
    told = []
    missing = len(stored.turns) - spoken_n - messages_n
    if missing > 0:
        turns = "1 turn of the recorded session was" if missing == 1 else f"{missing} turns were"
        told.append(f"{turns} not spoken, and {'is' if missing == 1 else 'are'} left out")
    lost = messages_n - typed_n
    if lost:
        words = "the words of 1 typed message" if lost == 1 else f"the words of {lost} messages"
        told.append(f"{words} were not kept: {'it is' if lost == 1 else 'they are'} left out")
    return tuple(told)
