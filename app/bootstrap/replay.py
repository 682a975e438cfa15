"""Object graph of ``vivavoce replay``."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial

from app.audio.supervisor import AudioChild
from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.engine import make_parts, open_output
from app.bootstrap.known import PROGRAM, catalogue
from app.bootstrap.loop import run_precisely
from app.bootstrap.mending import mend_sessions
from app.cli import replay as front
from app.cli.plain import told
from app.core.clock import MonotonicClock
from app.core.errors import AppError
from app.session.messages import OpenReplay
from app.session.replay_desk import ReplayDesk
from app.store.reader import FolderReader
from app.store.score import FolderScore


def replay(arguments: Sequence[str]) -> int:
    """Replay a recorded session in the terminal."""
    parser = argparse.ArgumentParser(prog="vivavoce replay", description=front.__doc__)
    front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    try:
        options = front.parse(parsed)
        mend_sessions(options.out)
        folder = FolderReader(os.environ).find(options.session, options.out)
    except AppError as error:
        sys.stderr.write(told(error) + "\n")
        return USAGE_ERROR
    return run_precisely(_show(str(folder), options))


async def _show(folder: str, options: front.ReplayOptions) -> int:
    over, interrupted = asyncio.Event(), asyncio.Event()
    printer = front.ReplayPrinter(sys.stdout, sys.stderr, over.set, as_json=options.json)
    clock = MonotonicClock()
    parts = make_parts(clock, catalogue())
    make_output = partial(open_output, clock, AudioChild(clock, PROGRAM))
    open_score = partial(FolderScore, reader=parts.reader)
    desk = ReplayDesk(parts, open_score, make_output, printer.take)
    desk.take(OpenReplay(folder=folder, output=options.output), talking=False)
    desk.take(options.steer, talking=False)

    def stop() -> None:
        interrupted.set()
        over.set()

    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(desk.run(), name="replay")
        await over.wait()
        task.cancel()
    if interrupted.is_set():
        return INTERRUPTED
    return 1 if printer.failed else 0
