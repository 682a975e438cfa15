"""From what a microphone delivers to what is wrong with it, with the remedy in one sentence."""

from collections.abc import Callable, Sequence
from typing import Final

from app.core.errors import DeviceError
from app.dsp.mic import MicFigures
from app.session.messages import MicFault, MicFinding, MicReport

SILENT_AFTER_S: Final = 1.5
JUDGED_AFTER_S: Final = 1.0
SILENT_DBFS: Final = -85.0
QUIET_DBFS: Final = -42.0
NOISY_DBFS: Final = -45.0
CLEAR_DB: Final = 15.0
"""Speech that stands so far out of the noise is well understood; its own tails are no noise."""
CLIPPED_SHARE: Final = 0.05
OFFSET_SHARE: Final = 0.01
CLIFF_DB: Final = 40.0
"""Speech of 20 clean recordings falls by at most 29 dB there; telephone speech by 77 or more."""
RATE_SHARE: Final = 0.04
"""The stamps of a sound server are good to some 20 ms at each end of two seconds."""


def report_of(figures: MicFigures, listened_s: float) -> MicReport:
    """Return what is wrong by now, the gravest first.

    Args:
        figures: What it delivered.
        listened_s: For how long it was asked.
    """
    return MicReport(
        findings=findings_of(figures, listened_s),
        examined_s=figures.examined_s,
        level_dbfs=figures.level_dbfs,
        noise_dbfs=figures.noise_dbfs,
        peak_dbfs=figures.peak_dbfs,
        rate_hz=figures.rate_hz,
        bandwidth_hz=figures.bandwidth_hz,
        dc_offset=figures.dc_offset,
    )


def findings_of(figures: MicFigures, listened_s: float) -> tuple[MicFinding, ...]:
    """Return the faults that the figures show; nothing before there is enough of them."""
    if figures.heard_s == 0.0 and listened_s >= SILENT_AFTER_S:
        return (_NOTHING,)
    if figures.heard_s < JUDGED_AFTER_S:
        return ()
    silence = _silent(figures)
    if silence is not None:
        return (silence,)
    found = (rule(figures) for rule in _RULES)
    return tuple(finding for finding in found if finding is not None)


def finding_of_error(error: DeviceError) -> MicFinding:
    """Return why a microphone did not open, from the sound system's own words."""
    words = str(error).lower()
    for fault, signs, remedy in _REFUSALS:
        if any(sign in words for sign in signs):
            return MicFinding(fault=fault, sentence=remedy)
    hint = f" {error.hint}" if error.hint else ""
    return MicFinding(fault=MicFault.MISSING, sentence=f"{error.sentence}{hint}")


_REFUSALS: Final[Sequence[tuple[MicFault, Sequence[str], str]]] = (
    (
        MicFault.REFUSED,
        ("permission", "not permitted", "access denied", "errno 13"),
        (
            "The system refused the microphone: allow it for this program in the privacy settings, "
            "or add yourself to the group `audio`."
        ),
    ),
    (
        MicFault.BUSY,
        ("unavailable", "busy", "-9985", "in use"),
        (
            "Another program holds the microphone: close it (a browser tab or a meeting, as a "
            "rule), or choose another microphone."
        ),
    ),
    (
        MicFault.MISSING,
        ("there is no microphone",),
        "There is no such microphone: plug it in, or choose another one.",
    ),
)


_NOTHING: Final = MicFinding(
    fault=MicFault.SILENT,
    sentence="The microphone delivers no sound at all: restart the sound server, or choose "
    "another one.",
)


def _silent(figures: MicFigures) -> MicFinding | None:
    peak = figures.peak_dbfs
    if figures.heard_s < SILENT_AFTER_S or peak is None or peak > SILENT_DBFS:
        return None
    if figures.zeros:
        sentence = (
            "The microphone gives pure digital silence: switch off its mute key or the system's "
            "mute, and check that this program may use it."
        )
    else:
        sentence = (
            "The microphone is all but silent: check its mute key and plug, or choose another one."
        )
    return MicFinding(fault=MicFault.SILENT, sentence=sentence, measured=f"peak {peak:.0f} dBFS")


def _wrong_rate(figures: MicFigures) -> MicFinding | None:
    rate, claimed = figures.rate_hz, figures.claimed_hz
    if rate is None or abs(rate - claimed) <= claimed * RATE_SHARE:
        return None
    return MicFinding(
        fault=MicFault.WRONG_RATE,
        sentence=(
            f"The microphone says {claimed / 1000:g} kHz and delivers {rate / 1000:.1f}: choose "
            "another rate for it in the sound settings, or plug it in anew."
        ),
        measured=f"{rate:.0f} Hz",
    )


def _clipped(figures: MicFigures) -> MicFinding | None:
    if figures.clipped is None or figures.clipped < CLIPPED_SHARE:
        return None
    return MicFinding(
        fault=MicFault.CLIPPED,
        sentence="You are cut off at the top: lower the microphone's level in the sound settings, "
        "or move away from it.",
        measured=f"{figures.clipped:.0%} of the loud frames",
    )


def _too_quiet(figures: MicFigures) -> MicFinding | None:
    if figures.level_dbfs is None or figures.level_dbfs >= QUIET_DBFS:
        return None
    return MicFinding(
        fault=MicFault.TOO_QUIET,
        sentence="You are hardly heard: raise the microphone's level in the sound settings, or "
        "come nearer.",
        measured=f"{figures.level_dbfs:.0f} dBFS",
    )


def _noisy(figures: MicFigures) -> MicFinding | None:
    noise, level = figures.noise_dbfs, figures.level_dbfs
    if noise is None or noise <= NOISY_DBFS:
        return None
    if level is not None and level - noise > CLEAR_DB:
        return None
    return MicFinding(
        fault=MicFault.NOISY,
        sentence="It is loud even while nobody speaks: lower the level, go where it is quieter, "
        "or switch noise suppression on.",
        measured=f"{noise:.0f} dBFS",
    )


def _offset(figures: MicFigures) -> MicFinding | None:
    if figures.dc_offset is None or abs(figures.dc_offset) < OFFSET_SHARE:
        return None
    return MicFinding(
        fault=MicFault.DC_OFFSET,
        sentence="The signal does not rest at zero: switch the high-pass on, or try another plug "
        "or microphone.",
        measured=f"{figures.dc_offset:+.1%} of full scale",
    )


def _narrowband(figures: MicFigures) -> MicFinding | None:
    if figures.claimed_hz <= 2 * _TELEPHONE_HZ:
        return _narrow(f"{figures.claimed_hz / 2000:g} kHz")
    if figures.cliff_db is None or figures.cliff_db < CLIFF_DB or figures.bandwidth_hz is None:
        return None
    return _narrow(f"{figures.bandwidth_hz / 1000:.1f} kHz")


def _narrow(measured: str) -> MicFinding:
    return MicFinding(
        fault=MicFault.NARROWBAND,
        sentence="The microphone sounds like a telephone: a Bluetooth headset in call mode does; "
        "use a cable or the computer's own microphone for more than 4 kHz.",
        measured=measured,
    )


_TELEPHONE_HZ: Final = 4_000
_RULES: Final[Sequence[Callable[[MicFigures], MicFinding | None]]] = (
    _wrong_rate,
    _clipped,
    _too_quiet,
    _noisy,
    _offset,
    _narrowband,
)
