"""``python -m app``, and the ``vivavoce`` command.

A program that still loads has nothing open that would want closing: until its command runs,
Ctrl-C ends it at once and without a word. Little is imported before that is so.
"""

import os
import signal
import sys

_INTERRUPTED = 130


def main() -> int:
    """Run the command that this process was started for; return its exit code."""
    # Where Ctrl-C is ignored, as in the background of a shell, it stays so.
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeded:
        signal.signal(signal.SIGINT, _leave)
    from app.bootstrap import main as run  # noqa: PLC0415 - not before Ctrl-C is taken

    return run(loaded=_heed if heeded else None)


def _leave(_number: int, _frame: object) -> None:
    os._exit(_INTERRUPTED)


def _heed() -> None:
    """Leave Ctrl-C to the command from here on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
