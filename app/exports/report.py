"""A report: one HTML file that works without a network and prints well."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.core.errors import StoreError
from app.core.exporting import Exported
from app.core.ports import StoredSession
from app.core.privacy import LeftOut, RecordingMode
from app.exports.job import ExportJob
from app.exports.redacting import redact
from app.exports.report_compose import Material, page_of
from app.exports.report_figures import ReportFigures
from app.exports.report_files import write_whole
from app.exports.report_marks import marks_of
from app.exports.report_page import page_pieces
from app.exports.report_pictures import MOST_MODELS, Sound, sound_of
from app.exports.report_sound import MOST_S, SoundOf, Stretch, within_budget
from app.exports.report_text import count
from app.exports.report_turns import MOST_TURNS, stretch

BROKEN_OFF: Final = "The report was broken off."
MOST_SESSIONS: Final = 200
"""What browsers open and people read."""
TOTAL: Final = 100
_READ: Final = 15.0
_COMPOSED: Final = 30.0
"""Stages of the work, of TOTAL: reading the sound, composing, and encoding the turns."""


def write_report(job: ExportJob) -> Exported:
    """Write one page about all sessions of ``job``, with what ``job.figures`` says of them.

    Raises:
        StoreError: If it cannot be written, or was broken off; no half a file is left.
    """
    if not job.sessions:
        raise StoreError("There is no session to report on.")
    if len(job.sessions) > MOST_SESSIONS:
        raise StoreError(
            f"A report holds at most {MOST_SESSIONS} sessions, not {len(job.sessions)}.",
            hint="Tables (csv, jsonl, parquet) hold any number.",
        )
    shown = tuple(redact(stored, job.redaction) for stored in job.sessions)
    steps = _Steps(job)
    steps.stage(_READ, len(shown))
    sounds = tuple(_sound(job, stored, steps) for stored in job.sessions)
    kept, odd = _stretches(job, shown, sounds)
    odd += _undrawn(job)
    material = Material(
        job=job,
        sessions=shown,
        figures=job.figures or ReportFigures(),
        sounds=sounds,
        stretches=kept,
        marks=tuple(_marks(job, stored) for stored in job.sessions),
        odd=tuple(odd),
        go_on=steps.go_on,
    )
    steps.stage(_COMPOSED, len(shown))
    page = page_of(material, steps.done)
    steps.stage(TOTAL, sum(map(len, kept)))
    with SoundOf(job.reader, _by_turn(shown, kept), steps.done) as sound:
        size = write_whole(job.out, page_pieces(page, sound))
    if sound.failed_n:
        odd.append(f"the sound of {count(sound.failed_n, 'turn')} could not be read")
    return Exported(files=(str(job.out),), bytes_n=size, odd=tuple(odd))


class _Steps:
    """Tells how far the report is, and breaks it off where that is wanted."""

    def __init__(self, job: ExportJob) -> None:
        self._told = job.told
        self._n = 0.0
        self._step = 0.0

    def stage(self, until: float, steps: int) -> None:
        """Begin a stage of so many steps, at whose end so much of TOTAL is done."""
        self._step = (until - self._n) / max(steps, 1)

    def go_on(self) -> bool:
        """Whether nobody has broken it off."""
        return self._told(round(self._n), TOTAL)

    def check(self) -> None:
        """Go on.

        Raises:
            StoreError: If it is broken off.
        """
        if not self.go_on():
            raise StoreError(BROKEN_OFF)

    def done(self) -> None:
        """One step is done.

        Raises:
            StoreError: If it is broken off.
        """
        self._n = min(self._n + self._step, float(TOTAL))
        self.check()


def _sounding(job: ExportJob, stored: StoredSession) -> bool:
    return (
        LeftOut.AUDIO not in job.redaction.left_out
        and stored.record.recording_mode is not RecordingMode.FIGURES
    )


def _sound(job: ExportJob, stored: StoredSession, steps: _Steps) -> Sound | None:
    found = sound_of(job.reader, stored, steps.check) if _sounding(job, stored) else None
    steps.done()
    return found


def _stretches(
    job: ExportJob, sessions: Sequence[StoredSession], sounds: Sequence[Sound | None]
) -> tuple[Sequence[Sequence[Stretch]], list[str]]:
    """Return the turns whose sound is put in, and sentences about those that are left out."""
    wanted = [
        [each for turn in stored.turns[:MOST_TURNS]
         if (each := stretch(turn, stored.record.t0_ns)) is not None
         and each.start_s < sound.length_s]
        if sound is not None else []
        for stored, sound in zip(sessions, sounds, strict=True)
    ]  # fmt: skip
    kept = within_budget(wanted, job.sound_bytes)
    odd = [
        f"the sound of {count(cut, 'turn')} of session {place} ends after {MOST_S:.0f} s"
        for place, some in enumerate(kept, 1)
        if (cut := sum(each.cut for each in some))
    ]
    odd += [
        f"the sound of {count(len(all_of) - len(some), 'turn')} of session {place} is left out: "
        f"a report holds {job.sound_bytes / 1e6:.0f} MB of sound"
        for place, (all_of, some) in enumerate(zip(wanted, kept, strict=True), 1)
        if len(some) < len(all_of)
    ]
    return kept, odd


def _undrawn(job: ExportJob) -> list[str]:
    models_n = 0 if job.figures is None else len(job.figures.models)
    if models_n <= MOST_MODELS:
        return []
    some = f"the first {MOST_MODELS} of {models_n} models"
    return [f"the pictures of all sessions show {some}; the tables hold all"]


def _by_turn(
    sessions: Sequence[StoredSession], kept: Sequence[Sequence[Stretch]]
) -> dict[tuple[Path, int], Stretch]:
    return {
        (stored.folder, each.turn_id): each
        for stored, stretches in zip(sessions, kept, strict=True)
        for each in stretches
    }


def _marks(job: ExportJob, stored: StoredSession) -> tuple[tuple[float, str], ...]:
    if LeftOut.EVENTS in job.redaction.left_out:
        return ()
    return marks_of(stored.folder, stored.record.t0_ns)
