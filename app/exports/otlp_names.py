"""Names of OpenTelemetry: those there are, and that no other is written.

The list is ``resources/schema/otel_names.json``. What the conventions have no name for is ours,
with the prefix ``vc.``. ``gen_ai.server.*`` is not in the list: what is seen from here is no
measurement of a server (metrics specification, section 12.3).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.errors import StoreError
from app.core.exporting import SemConv
from app.core.resources import resource

_OWN: Final = "vc."


@dataclass(frozen=True, slots=True)
class Instrument:
    """A metric: its unit, "histogram" or "sum", and what it means."""

    unit: str
    instrument: str
    words: str


@dataclass(frozen=True, slots=True)
class Names:
    """All names of one version of the conventions, and our own."""

    schema_url: str
    attributes: frozenset[str]
    metrics: Mapping[str, Instrument]

    def attribute(self, standard: str, own: str) -> str:
        """Return the conventions' name, or our own where they have none."""
        return standard if standard in self.attributes else own

    def check(self, document: Mapping[str, Any]) -> None:
        """Refuse a document with a name that is not in the list, or a metric of another kind.

        Raises:
            StoreError: If there is one: the program is wrong then, not the session.
        """
        for name in _attribute_names(document):
            if name not in self.attributes:
                raise StoreError(f"{name!r} is no attribute of these conventions.")
        for metric in _metrics(document):
            known = self.metrics.get(metric["name"])
            if known is None or known.instrument not in metric or known.unit != metric["unit"]:
                raise StoreError(f"{metric['name']!r} is no such metric of these conventions.")


def names_of(conventions: SemConv) -> Names:
    """Return the names of a version.

    Raises:
        ValueError: If the bundled list is damaged.
    """
    listed = json.loads(resource("schema", "otel_names.json").read_text("utf-8"))
    theirs, own = listed["conventions"][conventions.value], listed["own"]
    metrics = {**theirs["metrics"], **own["metrics"]}
    return Names(
        schema_url=theirs["schema_url"],
        attributes=frozenset((*theirs["attributes"], *own["attributes"])),
        metrics={name: Instrument(**told) for name, told in metrics.items()},
    )


def _attribute_names(value: Any) -> Iterator[str]:
    """Yield the keys of every list of attributes below ``value``."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "attributes":
                yield from (pair["key"] for pair in below)
            else:
                yield from _attribute_names(below)
    elif isinstance(value, list):
        for each in value:
            yield from _attribute_names(each)


def _metrics(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource_metrics in document.get("resourceMetrics", ()):
        for scope in resource_metrics["scopeMetrics"]:
            yield from scope["metrics"]
