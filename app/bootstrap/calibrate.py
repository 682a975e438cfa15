"""Calibrations: of the measuring engine against the simulator, and of sound devices."""

import argparse
import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.engine import make_parts
from app.bootstrap.known import PROGRAM, catalogue, key_variables
from app.bootstrap.loop import run_precisely
from app.cli import calibrate as front
from app.cli.calibrate import CalibrateOptions, CalibrationPrinter
from app.core.clock import MonotonicClock
from app.core.errors import AppError
from app.core.ports import SpeechServers
from app.localengine.supervisor import ChildServers
from app.providers.catalogue import Catalogue
from app.providers.targets import resolve
from app.session.opening import SIMULATOR
from app.session.parts import SessionParts
from app.session.servers import SharedServers
from app.trials.calibrating import EngineTrialPorts, calibrate_engine
from app.trials.calibrating_sessions import holder


def calibrate(arguments: Sequence[str]) -> int:
    """Calibrate the engine, or a pair of devices, in the terminal."""
    parser = argparse.ArgumentParser(prog="vivavoce calibrate", description=front.__doc__)
    front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    printer = CalibrationPrinter(sys.stdout, sys.stderr, as_json=parsed.json)
    try:
        options = front.parse(parsed)
        known = catalogue()
        work = _devices if options.devices else _engine
        return run_precisely(_until_interrupted(work(options, known, printer), printer))
    except AppError as error:
        printer.refuse(error)
        return USAGE_ERROR


def engine_trial_ports(parts: SessionParts, known: Catalogue) -> EngineTrialPorts:
    """Return what calibrating the engine of this process needs."""

    def make_servers() -> SpeechServers:
        return SharedServers(ChildServers(PROGRAM, drop=key_variables(known)))

    return EngineTrialPorts(
        hold=holder(parts, make_servers),
        target=resolve(known, SIMULATOR),
        today=parts.today,
        new_id=new_id,
        load_average=load_average,
    )


def new_id() -> str:
    """Return a unique name for a calibration."""
    return f"cal_{uuid.uuid4().hex}"


def load_average() -> float | None:
    """Return the machine's over one minute; None on a system that has none."""
    with suppress(AttributeError, OSError):
        return round(os.getloadavg()[0], 2)
    return None


async def _engine(options: CalibrateOptions, known: Catalogue, printer: CalibrationPrinter) -> int:
    parts = make_parts(MonotonicClock(), known)
    ports = engine_trial_ports(parts, known)
    trials = await calibrate_engine(ports, printer.take, extent=options.extent, keep=options.keep)
    code = printer.engine(trials)
    parts.calibrations.add(trials.engine)  # what cannot be stored has been shown nevertheless
    return code


async def _devices(options: CalibrateOptions, known: Catalogue, printer: CalibrationPrinter) -> int:
    from app.trials.devices import calibrate_devices, device_trial_ports  # noqa: PLC0415 - scipy

    parts = make_parts(MonotonicClock(), known)
    report = await calibrate_devices(
        device_trial_ports(parts, new_id),
        printer.take,
        microphone=options.mic,
        loudspeaker=options.speaker,
        chirps=options.chirps,
    )
    code = printer.devices(report.rows, report.devices)
    if report.devices is not None:
        parts.calibrations.add(report.devices)
    return code


async def _until_interrupted(work: Coroutine[Any, Any, int], printer: CalibrationPrinter) -> int:
    """Return the exit code of ``work``; a first Ctrl-C ends it properly."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    stop: Callable[[], object] = task.cancel
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop)
    try:
        return await work
    except asyncio.CancelledError:
        printer.stopped()
        return INTERRUPTED
