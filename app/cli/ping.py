"""``vivavoce ping``: how long reaching a model takes, stage by stage, cold and warm."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, TextIO

from app.cli.plain import json_line, plain
from app.core.config import Dialect
from app.core.errors import AppError
from app.core.records import ConnectTiming
from app.metrics.statistics import quantile, shown_quantile

STAGES: Final[Mapping[str, str]] = {
    "dns_ms": "name",
    "tcp_ms": "tcp",
    "tls_ms": "tls",
    "upgrade_ms": "upgrade",
    "created_ms": "session created",
    "ready_ms": "session ready",
    "total_ms": "in all",
}
"""Stages in the order of time, and what people call them."""

MOST_CONNECTIONS = 50
MOST_PINGS = 200
_UNKNOWN = "\N{EN DASH}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument(
        "--model",
        default="local",
        help="whom to reach, as for `vivavoce talk` (default: local)",
    )
    parser.add_argument(
        "--dialect",
        choices=[dialect.value for dialect in Dialect],
        default=Dialect.OPENAI_GA.value,
        help="how an endpoint given by URL spells the protocol",
    )
    parser.add_argument(
        "--connections",
        type=_count(MOST_CONNECTIONS),
        default=5,
        metavar="N",
        help="how often to connect (default: %(default)s); the first is a cold one",
    )
    parser.add_argument(
        "--pings",
        type=_count(MOST_PINGS),
        default=10,
        metavar="N",
        help="pings on each connection (default: %(default)s)",
    )
    parser.add_argument("--key-stdin", action="store_true", help="read the key from standard input")
    parser.add_argument(
        "--engine-option",
        action="append",
        default=[],
        metavar="OPTION",
        help="an option of `vivavoce serve` for the server that is started",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _count(most: int) -> Any:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text[:20]!r} is no whole number") from None
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{number} is not within 1 to {most}")
        return number

    return read


class PingPrinter:
    """Prints connections as they come, and what they come to."""

    def __init__(self, out: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._as_json = as_json
        self._timings: list[ConnectTiming] = []
        self._rtts_ms: list[float] = []

    def take(self, timing: ConnectTiming, rtts_ms: Sequence[float]) -> None:
        """Print one connection."""
        self._timings.append(timing)
        self._rtts_ms += rtts_ms
        number = len(self._timings)
        if self._as_json:
            row = {
                "type": "connection",
                "connection": number,
                **asdict(timing),
                "total_ms": timing.total_ms,
                "rtts_ms": [round(each, 3) for each in rtts_ms],
            }
            self._line(json_line(row))
            return
        if number == 1:
            self._line(_row("connection", STAGES.values(), "ping P50"))
        name = f"{number} {'cold' if timing.cold else 'warm'}"
        cells = [_ms(getattr(timing, stage)) for stage in STAGES]
        self._line(_row(name, cells, _ms(quantile(rtts_ms, 0.5))))

    def finish(self, error: AppError | None = None) -> None:
        """Print the medians of the warm connections, and of all pings.

        Args:
            error: What ended it early; told elsewhere to people.
        """
        if error is not None and not self._as_json and not self._timings:
            return
        warm = [timing for timing in self._timings if not timing.cold]
        medians = {
            stage: quantile(_known(getattr(timing, stage) for timing in warm), 0.5)
            for stage in STAGES
        }
        cold = next((timing.total_ms for timing in self._timings if timing.cold), None)
        rtts = {
            "rtt_n": len(self._rtts_ms),
            "rtt_p50_ms": quantile(self._rtts_ms, 0.5),
            "rtt_p95_ms": shown_quantile(self._rtts_ms, 0.95),
            "rtt_max_ms": max(self._rtts_ms, default=None),
        }
        if self._as_json:
            summary = {"type": "summary", "warm_n": len(warm), "cold_total_ms": cold}
            named = {f"warm_p50_{stage}": median for stage, median in medians.items()}
            self._line(json_line({**summary, **named, **rtts, "error": error and error.sentence}))
            return
        cells = [_ms(median) for median in medians.values()]
        self._line(_row("warm P50", cells, _ms(rtts["rtt_p50_ms"])))
        self._where()

    def _where(self) -> None:
        last = self._timings[-1] if self._timings else None
        if last is None:
            return
        known = {"address": last.address, "encryption": last.tls_version, "server": last.server}
        told = ", ".join(f"{name} {value}" for name, value in known.items() if value)
        self._line(f"\nms; {plain(told)}" if told else "\nms")

    def _line(self, words: str) -> None:
        print(words, file=self._out, flush=True)


def _row(name: str, cells: Iterable[str], ping: str) -> str:
    return f"{name:<11}" + "".join(f"{cell:>16}" for cell in cells) + f"{ping:>12}"


def _ms(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f}"


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
