"""Sessions as telemetry: OTLP as files of JSON lines, and to an endpoint where one is named.

Two files, because one may hold one kind of telemetry only: spans in ``out``, metrics beside it.
Each line is one request as an endpoint takes it. Redaction goes before everything else; what
was said is told only where the user asks for it.

Source: OpenTelemetry Protocol File Exporter; OTLP/HTTP with JSON encoding.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.core.errors import AppError, StoreError
from app.core.exporting import Exported
from app.core.ports import StoredSession
from app.core.privacy import LeftOut
from app.exports.job import ExportJob
from app.exports.otlp_journal import read_heard
from app.exports.otlp_metrics import metrics_of
from app.exports.otlp_names import names_of
from app.exports.otlp_session import Telling, in_order, wall_of
from app.exports.otlp_spans import spans_of
from app.exports.otlp_wire import attributes_json, span_json
from app.exports.placing import placed
from app.exports.redacting import TextRedactor, redact

_SPANS_A_LINE: Final = 500
"""A request of about half a megabyte: collectors take 20 by default, some services 4."""

_NAME: Final = "vivavoce"


def write_otlp(job: ExportJob) -> Exported:
    """Write all sessions' spans into ``job.out`` and their metrics beside it, and send them.

    What could not be sent is said in ``odd``: the files are there all the same.

    Raises:
        StoreError: If nothing could be written, or the user has broken it off.
    """
    writing = _Writing(job)
    spans, metrics = job.out, metrics_path(job.out)
    with ExitStack() as places:
        traces_file, metrics_file = (
            places.enter_context(places.enter_context(placed(path)).open("wb"))
            for path in (spans, metrics)
        )
        for done, stored in enumerate(job.sessions):
            if not job.told(done, len(job.sessions)):
                raise StoreError("The export was broken off.")
            writing.session(stored, traces_file, metrics_file)
        written = traces_file.tell() + metrics_file.tell()
    job.told(len(job.sessions), len(job.sessions))
    odd = (*writing.odd, *_sent(job, {"traces": spans, "metrics": metrics}))
    return Exported(files=(str(spans), str(metrics)), bytes_n=written, odd=odd)


def metrics_path(spans: Path) -> Path:
    """Return the name of the file beside ``spans`` that holds the metrics."""
    return spans.with_name(f"{spans.stem}-metrics{spans.suffix}")


class _Writing:
    """Lines being written."""

    def __init__(self, job: ExportJob) -> None:
        self._job = job
        self._names = names_of(job.semconv)
        self._redactor = TextRedactor(job.redaction)
        self.odd: list[str] = []

    def session(self, stored: StoredSession, traces: BinaryIO, metrics: BinaryIO) -> None:
        """Write a session, or say why not."""
        try:
            telling = self._telling(stored)
        except StoreError as error:
            self.odd.append(error.sentence)
            return
        spans = map(span_json, spans_of(telling))
        while some := list(islice(spans, _SPANS_A_LINE)):
            self._line(traces, "resourceSpans", "scopeSpans", {"spans": some})
        if points := list(metrics_of(telling, self._job.semconv)):
            self._line(metrics, "resourceMetrics", "scopeMetrics", {"metrics": points})

    def _telling(self, stored: StoredSession) -> Telling:
        record, left_out = stored.record, frozenset(self._job.redaction.left_out)
        pricing = self._job.pricing
        wall = wall_of(record)
        heard = None
        if LeftOut.EVENTS not in left_out:
            heard = read_heard(stored.folder)
            if heard is None:
                self.odd.append(
                    f"{stored.folder.name} has no journal: replies and tools are not told."
                )
        begins, turns = in_order(stored.turns)
        return Telling(
            stored=redact(stored, self._job.redaction),
            heard=heard,
            names=self._names,
            left_out=left_out,
            words=self._job.telemetry_words,
            redact=self._redactor.text,
            seed=f"{record.session_id} {record.t0_utc}",
            wall=wall,
            begins=begins,
            turns=turns,
            account=record,
            pricing=pricing,
            total=None if pricing is None else pricing.session(stored),
        )

    def _line(self, file: BinaryIO, outer: str, inner: str, scoped: Mapping[str, Any]) -> None:
        resource = {"service.name": _NAME, "service.version": self._job.app_version}
        schema = {"schemaUrl": self._names.schema_url}
        scope = {"name": _NAME, "version": self._job.app_version}
        within = {
            "resource": {"attributes": attributes_json(resource)},
            inner: [{"scope": scope, **scoped, **schema}],
            **schema,
        }
        document = {outer: [within]}
        self._names.check(document)
        text = json.dumps(document, allow_nan=False, separators=(",", ":"))
        file.write(text.encode("ascii") + b"\n")


def _sent(job: ExportJob, files: Mapping[str, Path]) -> Iterable[str]:
    """Send each line of the files; yield sentences about what was not taken."""
    if not job.endpoint:
        return
    if job.send is None:
        yield f"Nothing was sent to {job.endpoint}: nothing here can send."
        return
    for signal, path in files.items():
        try:
            for line in _lines(path):
                if remark := job.send(job.endpoint, signal, line):
                    yield remark
        except AppError as error:
            yield error.sentence
            return


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")
    except OSError as exc:
        raise StoreError(f"{path} cannot be read: {exc.strerror}.") from exc
