"""What several tests look at, measured once; and once more where a test is run again."""

from collections.abc import Callable
from typing import Generic, TypeVar

import pytest

_R = TypeVar("_R")


class Measured(Generic[_R]):
    """Gives what ``measure`` gave last.

    A test marked ``realtime`` that failed is run again and then looks at another measurement:
    the first may have been disturbed by another program.
    """

    def __init__(self, measure: Callable[[], _R]) -> None:
        self._measure = measure
        self._results: list[_R] = []

    def of(self, request: pytest.FixtureRequest) -> _R:
        """Return what the test of ``request`` looks at."""
        if not self._results or getattr(request.node, "execution_count", 1) > 1:
            self._results = [self._measure()]
        return self._results[0]
