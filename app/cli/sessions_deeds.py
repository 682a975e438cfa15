"""What ``vivavoce sessions`` does with sessions: tags, notes, stars, the trash, retention."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TextIO, TypeAlias

from app.cli.plain import json_line, plain
from app.cli.sessions_library import size, size_of
from app.core.library import Annotation, Retention

TAG, UNTAG, NOTE, STAR, UNSTAR = "tag", "untag", "note", "star", "unstar"
TRASH, RESTORE, EMPTY = "trash", "restore", "empty"
RETAIN, REBUILD, USAGE = "retain", "rebuild", "usage"

_ON_SESSIONS: Final = {
    STAR: "mark sessions with a star: retention keeps them",
    UNSTAR: "take the star away",
    TRASH: "put sessions into the trash",
    RESTORE: "take sessions out of the trash",
}
_DONE: Final = {
    TAG: "tagged", UNTAG: "untagged", NOTE: "noted", STAR: "starred", UNSTAR: "unstarred",
    TRASH: "put into the trash", RESTORE: "restored", EMPTY: "deleted",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a library takes on the disk; ``free_bytes`` is None where there is no folder."""

    folder: str
    sessions_n: int
    sessions_bytes: int
    trash_n: int
    trash_bytes: int
    index_bytes: int
    free_bytes: int | None


AddOptions: TypeAlias = Callable[[argparse.ArgumentParser], None]


def add_words(
    words: "argparse._SubParsersAction[argparse.ArgumentParser]", options: AddOptions
) -> None:
    """Describe the words; ``options`` adds those that every word has."""
    for word, told in ((TAG, "add tags to sessions"), (UNTAG, "take tags away")):
        each = words.add_parser(word, help=told)
        _add_names(each)
        each.add_argument(
            "--tag", action="append", required=True, metavar="TAG", help="may be given again"
        )
        options(each)
    note = words.add_parser(NOTE, help='write a note on sessions; "" takes it away')
    _add_names(note)
    note.add_argument("--text", required=True, metavar="TEXT", help="in place of the old one")
    options(note)
    for word, told in _ON_SESSIONS.items():
        each = words.add_parser(word, help=told)
        _add_names(each)
        options(each)
    empty = words.add_parser(EMPTY, help="delete from the trash, for good")
    _add_names(empty, at_least="*", more="; all without a name")
    empty.add_argument("--yes", action="store_true", help="do not ask")
    options(empty)
    retain = words.add_parser(RETAIN, help="trash old sessions by a rule; starred ones stay")
    _add_rule(retain)
    options(retain)
    options(words.add_parser(REBUILD, help="make the index anew from the folders"))
    options(words.add_parser(USAGE, help="what the sessions and the trash take on the disk"))


def _add_names(each: argparse.ArgumentParser, at_least: str = "+", more: str = "") -> None:
    told = f'its folder, its id, the end of either, or "latest"{more}'
    each.add_argument("names", nargs=at_least, metavar="SESSION", help=told)


def _add_rule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--older-than", type=_days, metavar="DAYS", help="trash what is older")
    parser.add_argument("--most-sessions", type=_days, metavar="N", help="keep the newest N")
    parser.add_argument(
        "--most-size", type=size_of, metavar="SIZE", help="trash the oldest above it, e.g. 20GB"
    )
    parser.add_argument(
        "--empty-trash-after", type=_days, metavar="DAYS", help="delete what was trashed before"
    )
    parser.add_argument(
        "--apply", action="store_true", help="do it; without it, only tell what would be done"
    )


def annotation_of(parsed: argparse.Namespace) -> Annotation:
    """Return what TAG, UNTAG, NOTE, STAR or UNSTAR write."""
    match parsed.word:
        case "tag":
            return Annotation(add_tags=tuple(parsed.tag))
        case "untag":
            return Annotation(remove_tags=tuple(parsed.tag))
        case "note":
            return Annotation(note=parsed.text)
        case word:
            return Annotation(starred=word == STAR)


def rule_of(parsed: argparse.Namespace) -> Retention:
    """Return the rule of RETAIN; what is not given is never."""
    return Retention(
        older_than_days=parsed.older_than,
        most_bytes=parsed.most_size,
        most_sessions=parsed.most_sessions,
        empty_trash_after_days=parsed.empty_trash_after,
    )


def show_done(
    word: str,
    keys: Sequence[str],
    problems: Sequence[str],
    streams: tuple[TextIO, TextIO],
    *,
    as_json: bool,
) -> int:
    """Print what was done with sessions; return the exit code, 1 where some stayed as they were.

    Args:
        word: What was done.
        keys: Of the sessions that it was to be done with.
        problems: A sentence for each that it could not be done with.
        streams: Standard output, and standard error.
        as_json: One JSON object rather than a sentence.
    """
    out, err = streams
    done = len(keys) - len(problems)
    if as_json:
        told = {"type": "changed", "word": word, "done_n": done}
        print(json_line({**told, "sessions": list(keys), "problems": list(problems)}), file=out)
    else:
        print(f"{done} session{'' if done == 1 else 's'} {_DONE[word]}.", file=out)
    for problem in problems:
        print(plain(problem), file=err)
    return 1 if problems else 0


def show_retained(keys: Sequence[str], out: TextIO, *, dry: bool, as_json: bool) -> None:
    """Print which sessions a rule takes."""
    if as_json:
        print(json_line({"type": "retained", "dry": dry, "sessions": list(keys)}), file=out)
        return
    for key in keys:
        print(plain(key), file=out)
    verb = "would go" if dry else "went"
    hint = " Nothing was done; --apply does it." if dry and keys else ""
    print(f"{len(keys)} session{'' if len(keys) == 1 else 's'} {verb}.{hint}", file=out)


def show_usage(usage: Usage, out: TextIO, *, as_json: bool) -> None:
    """Print what the sessions and the trash take on the disk."""
    if as_json:
        print(json_line({"type": "usage", **asdict(usage)}), file=out)
        return
    print(plain(f"{usage.folder}:"), file=out)
    for name, count, bytes_n in (
        ("sessions", str(usage.sessions_n), usage.sessions_bytes),
        ("trash", str(usage.trash_n), usage.trash_bytes),
        ("index", "", usage.index_bytes),
        ("free", "", usage.free_bytes),
    ):
        if bytes_n is not None:
            print(f"  {name:<10}{count:>8}  {size(bytes_n):>9}", file=out)


def show_rebuilt(sessions_n: int, out: TextIO, *, as_json: bool) -> None:
    """Print of how many sessions the index was made anew."""
    if as_json:
        print(json_line({"type": "rebuilt", "sessions_n": sessions_n}), file=out)
    else:
        print(f"The index was made anew from {sessions_n} sessions.", file=out)


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > len("100000"):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 999999")
    return int(text)
