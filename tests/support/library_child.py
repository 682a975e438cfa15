"""A process that rearranges a library for ever, to be killed.

``python -m tests.support.library_child ROOT`` loads what it needs once. For each line of its
standard input, a seed, it forks a process that trashes, restores and writes on the sessions
below ROOT, one deed after the other, and for an even seed rebuilds the index; it tells its own id
first, and then each deed as it begins (``>``) and once it is done (``<``) or refused (``!``), a
line of JSON each.
When that process is gone, ``null`` is told, and the next seed may come.
"""

import ctypes
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from app.core.library import Annotation
from app.store.library import FolderLibrary
from app.store.library_scan import TRASH, name_before
from tests.support.libraries import opened_library

_PR_SET_PDEATHSIG = 1


def say(*words: object) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


def placed(root: Path) -> Mapping[str, Path]:
    """Return where each session's folder is, in the trash or not, by what it is called outside.

    One that is in both places fails.
    """
    trash = root / TRASH
    found = [(name_before(each.name), each) for each in (trash.iterdir() if trash.exists() else ())]
    found += [(each.name, each) for each in root.iterdir() if not each.name.startswith(".")]
    by_name = dict(found)
    assert len(by_name) == len(found), "a session is in two places"
    return by_name


def rearrange(root: Path, seed: int) -> None:
    """Do one deed after the other, for ever."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    names = sorted(placed(root))
    library = opened_library(root)
    deeds = _deeds(library, rebuilding=seed % 2 == 0)
    number = 0
    while True:
        number += 1
        deed, name = dice.choice(list(deeds)), dice.choice(names)
        say(">", deed, name, number)
        refused = deeds[deed](name, number)
        say("!" if refused else "<", deed, name, number)


def _deeds(
    library: FolderLibrary, *, rebuilding: bool
) -> Mapping[str, Callable[[str, int], object]]:
    """Return what may be done; what takes long would leave a kill little chance of the others."""
    rebuild = {"rebuild": lambda _name, _number: _rebuilt(library)} if rebuilding else {}
    return {
        **rebuild,
        "trash": lambda name, _number: library.trash([name]),
        "restore": lambda name, _number: library.restore([name]),
        "note": lambda name, number: library.annotate([name], Annotation(note=f"{number}")),
    }


def _rebuilt(library: FolderLibrary) -> None:
    library.rebuild()


def main() -> None:
    root = Path(sys.argv[1])
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            say(os.getpid())
            rearrange(root, int(line))
        os.waitpid(pid, 0)
        os.write(1, b"null\n")


if __name__ == "__main__":
    main()
