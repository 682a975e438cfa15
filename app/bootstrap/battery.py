"""Object graph of ``vivavoce battery``: the interruption battery, and the endpointing sweep."""

import argparse
import asyncio
import signal
import sys
import uuid
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.access import key_of, recogniser
from app.bootstrap.engine import make_parts
from app.bootstrap.known import catalogue
from app.bootstrap.loop import run_precisely
from app.bootstrap.mending import mend_sessions
from app.cli import battery as front
from app.cli.battery_printing import BatteryPrinter
from app.core.clock import MonotonicClock
from app.core.errors import AppError
from app.providers.catalogue import Catalogue
from app.providers.targets import resolve
from app.session.messages import StartBattery, StartSweep
from app.session.parts import SessionParts
from app.trials.battery import BatteryPorts, run_battery
from app.trials.battery_sessions import holder
from app.trials.battery_stimuli import load_stimuli
from app.trials.sweep import run_sweep


def battery(arguments: Sequence[str]) -> int:
    """Run the interruption battery or the endpointing sweep in the terminal."""
    parser = argparse.ArgumentParser(
        prog="vivavoce battery",
        description=front.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    printer = BatteryPrinter(sys.stdout, sys.stderr, as_json=parsed.json)
    try:
        if parsed.list:
            printer.stimuli(load_stimuli())
            return 0
        known = catalogue()
        request = _request(front.parse(parsed), known)
        mend_sessions(request.start.sessions_dir)
    except AppError as error:
        printer.refuse(error)
        return USAGE_ERROR
    parts = make_parts(MonotonicClock(), known)
    return run_precisely(_until_interrupted(_run(request, parts, printer), printer))


def battery_ports(parts: SessionParts) -> BatteryPorts:
    """Return what a battery in this process needs.

    Raises:
        ConfigError: If the stimuli are damaged.
    """
    return BatteryPorts(
        hold=holder(parts),
        clock=parts.clock,
        stimuli=load_stimuli(),
        new_id=lambda: f"run_{uuid.uuid4().hex}",
    )


def _request(options: front.BatteryOptions, known: Catalogue) -> StartBattery | StartSweep:
    return front.request_of(
        options,
        lambda text, dialect: resolve(known, text, dialect=dialect),
        partial(recogniser, known),
        partial(key_of, known, from_stdin=options.key_from_stdin),
    )


async def _run(
    request: StartBattery | StartSweep, parts: SessionParts, printer: BatteryPrinter
) -> int:
    try:
        ports = battery_ports(parts)
        if isinstance(request, StartBattery):
            await run_battery(ports, request, printer.take)
        else:
            await run_sweep(ports, request, printer.take)
    except AppError as error:
        printer.refuse(error)
        return USAGE_ERROR
    finally:
        await parts.servers.close()
    return printer.finish()


async def _until_interrupted(work: Coroutine[Any, Any, int], printer: BatteryPrinter) -> int:
    """Return the exit code of ``work``; a first Ctrl-C ends its session and shows what is done."""
    task = asyncio.current_task()
    assert task is not None
    stop: Callable[[], object] = task.cancel
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await work
    except asyncio.CancelledError:
        printer.finish(stopped=True)
        return INTERRUPTED
