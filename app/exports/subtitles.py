"""What both sides said as subtitles, SRT and WebVTT, timed by the instants of the turns.

Words of an interrupted reply that were never heard are marked. How many those are is estimated:
as large a share of its characters as of its sound. Cues of both sides may overlap, as speech
does. Times count from the beginning of the recording.

Source: W3C WebVTT: The Web Video Text Tracks Format; the SubRip form as players read it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from app.core.errors import StoreError
from app.core.exporting import Exported, ExportFormat
from app.core.ports import StoredSession
from app.core.records import TurnRecord
from app.exports.job import ExportJob
from app.exports.naming import each_of
from app.exports.placing import placed
from app.exports.redacting import redact
from app.exports.subtitles_text import Cue, one_line, spread
from app.exports.tables import BROKEN_OFF

USER, AGENT = "User", "Agent"
NOT_HEARD: Final = "[not heard:"
UNTIMED_MS: Final = 2_000
"""How long words are shown whose end nobody knows."""

_NS: Final = 1_000_000
_HEARD_SLACK_MS: Final = 100
_VTT_HEAD: Final = "WEBVTT\n\nSTYLE\n::cue(.unheard) { opacity: 0.6; }\n"
_WORD_END: Final = re.compile(r"\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words of a side, ms of session time. ``unheard``: nobody heard them."""

    speaker: str
    start_ms: int
    end_ms: int
    text: str
    unheard: bool = False


def write_srt(job: ExportJob) -> Exported:
    """Write one file a session. Raises StoreError as ``Write`` says."""
    return _write(job, ExportFormat.SRT, srt_text)


def write_vtt(job: ExportJob) -> Exported:
    """Write one file a session. Raises StoreError as ``Write`` says."""
    return _write(job, ExportFormat.VTT, vtt_text)


def _write(
    job: ExportJob, form: ExportFormat, text_of: Callable[[tuple[Said, ...]], str]
) -> Exported:
    files: list[Path] = []
    odd: list[str] = []
    size = 0
    paths = each_of(form, job.out, job.sessions)
    for done, (stored, (path,)) in enumerate(zip(job.sessions, paths, strict=True)):
        if not job.told(done, len(job.sessions)):
            raise StoreError(BROKEN_OFF)
        said = said_in(redact(stored, job.redaction))
        if not said:
            odd.append(f"{stored.folder.name}: no words with times are known of it")
            continue
        with placed(path) as draft:
            size += draft.write_bytes(text_of(said).encode("utf-8", "replace"))
        files.append(path)
    if not files:
        raise StoreError("There are no words with times to write.")
    return Exported(files=tuple(map(str, files)), bytes_n=size, odd=tuple(odd))


# --- who said what, and when -------------------------------------------------------------------


def said_in(stored: StoredSession) -> tuple[Said, ...]:
    """Return what both sides said, in order of time."""
    t0_ns = stored.record.t0_ns
    said = [each for turn in stored.turns for each in (*_user(turn, t0_ns), *_agent(turn, t0_ns))]
    return tuple(sorted(said, key=lambda each: (each.start_ms, each.end_ms)))


def _user(turn: TurnRecord, t0_ns: int) -> Iterator[Said]:
    text = one_line(turn.user_transcript or turn.ref_text or "")
    start = _first_of(turn, "u_on_ns", "vad_on_ns", "sent_ns", "commit_ns", "create_ns")
    if text and start is not None:
        end = _first_of(turn, "u_off_ns", "vad_off_ns")
        yield _said(USER, text, start - t0_ns, None if end is None else end - t0_ns)


def _agent(turn: TurnRecord, t0_ns: int) -> Iterator[Said]:
    text = one_line(turn.agent_transcript or "")
    start = _first_of(turn, "audible_ns", "playback_ns", "first_audio_ns", "tok1_ns")
    if not text or start is None:
        return
    end = _first_of(turn, "audible_end_ns", "flush_ns", "last_audio_ns", "done_ns")
    said = _said(AGENT, text, start - t0_ns, None if end is None else end - t0_ns)
    heard = _heard(text, turn)
    if heard:
        yield Said(
            speaker=AGENT, start_ms=said.start_ms, end_ms=said.end_ms, text=text[:heard].strip()
        )
    if rest := text[heard:].strip():
        begin = said.end_ms if heard else said.start_ms
        end_ms = begin + UNTIMED_MS
        yield Said(speaker=AGENT, start_ms=begin, end_ms=end_ms, text=rest, unheard=True)


def _said(speaker: str, text: str, start_ns: int, end_ns: int | None) -> Said:
    start_ms = max(start_ns // _NS, 0)
    known = end_ns is not None and end_ns > start_ns
    end_ms = max(end_ns // _NS, start_ms + 1) if known and end_ns else start_ms + UNTIMED_MS
    return Said(speaker=speaker, start_ms=start_ms, end_ms=end_ms, text=text)


def _first_of(turn: TurnRecord, *names: str) -> int | None:
    return next((at for name in names if (at := getattr(turn, name)) is not None), None)


def _heard(text: str, turn: TurnRecord) -> int:
    """Return how many characters of a reply were heard, up to the end of a word."""
    heard, whole = turn.heard_ms, turn.audio_out_ms
    if turn.interrupted_ns is None and turn.flush_ns is None:
        return len(text)
    if heard is None or not whole or heard >= whole - _HEARD_SLACK_MS:
        return len(text)
    share = round(len(text) * max(heard, 0.0) / whole)
    ends = [match.start() for match in _WORD_END.finditer(text) if match.start() <= share]
    return ends[-1] if ends else 0


# --- the two forms -----------------------------------------------------------------------------


def srt_text(said: tuple[Said, ...]) -> str:
    """Return a SubRip file. It knows no escapes: what would be markup is a look-alike."""
    blocks = []
    for number, (each, cue) in enumerate(_cues(said, tagged=True), 1):
        body = "\n".join(cue.lines).translate(_SRT_SIGNS)
        times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
        blocks.append(f"{number}\n{times}\n{each.speaker}: {body}\n")
    return "\n".join(blocks)


def vtt_text(said: tuple[Said, ...]) -> str:
    """Return a WebVTT file whose voices are ``User`` and ``Agent``."""
    blocks = [_VTT_HEAD]
    for each, cue in _cues(said, tagged=False):
        body = "\n".join(cue.lines).translate(_VTT_SIGNS)
        body = f"<c.unheard>{body}</c>" if each.unheard else body
        times = f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}"
        blocks.append(f"{times}\n<v {each.speaker}>{body}</v>\n")
    return "\n".join(blocks)


def _cues(said: tuple[Said, ...], *, tagged: bool) -> Iterator[tuple[Said, Cue]]:
    found = [
        (each, cue)
        for each in said
        for cue in spread(
            f"{NOT_HEARD} {each.text}]" if each.unheard else each.text,
            each.start_ms,
            each.end_ms,
            room=len(each.speaker) + 2 if tagged else 0,
        )
    ]
    return iter(sorted(found, key=lambda pair: (pair[1].start_ms, pair[1].end_ms)))


def _clock(at_ms: int, point: str) -> str:
    seconds, rest_ms = divmod(at_ms, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{rest_ms:03}"


_SRT_SIGNS: Final[Mapping[int, str]] = MappingProxyType(
    {ord("<"): "\u2039", ord(">"): "\u203a", ord("{"): "(", ord("}"): ")"}
)
_VTT_SIGNS: Final[Mapping[int, str]] = MappingProxyType(
    {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
)
