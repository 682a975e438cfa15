"""``vivavoce microphone``, put together."""

import argparse
import sys
from collections.abc import Sequence

from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.engine import make_parts
from app.bootstrap.known import catalogue
from app.bootstrap.loop import run_precisely
from app.cli import microphone as front
from app.cli.plain import told
from app.core.clock import MonotonicClock
from app.core.errors import AppError
from app.trials.mic_test import run_mic_test


def microphone(arguments: Sequence[str]) -> int:
    """Test a microphone; 1 tells that something is wrong with it."""
    parser = argparse.ArgumentParser(prog="vivavoce microphone", description=front.__doc__)
    front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    printer = front.MicPrinter(sys.stdout, sys.stderr, as_json=parsed.json)
    try:
        request = front.request_of(parsed)
        parts = make_parts(MonotonicClock(), catalogue())
        report = run_precisely(run_mic_test(parts, request, printer.take))
    except AppError as error:
        sys.stderr.write(told(error) + "\n")
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1 if report.findings else 0
