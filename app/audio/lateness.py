"""How late callbacks came, over any stretch of the past."""

from collections import deque
from typing import Final

KEPT: Final = 512


class Lateness:
    """The largest lateness from any instant until now. One writer; any number of readers.

    Only callbacks that are later than all after them are kept: no other can be the answer.
    That is about the logarithm of their number.
    """

    def __init__(self) -> None:
        self._records: deque[tuple[int, int]] = deque(maxlen=KEPT)
        self._worst_ns: int | None = None

    @property
    def worst_ns(self) -> int | None:
        """The largest of all, or None before the first."""
        return self._worst_ns

    def add(self, called_ns: int, lag_ns: int) -> None:
        """Take a callback in that came ``lag_ns`` later than it should have."""
        self._worst_ns = max(self._worst_ns or 0, lag_ns)
        while self._records and self._records[-1][1] <= lag_ns:
            self._records.pop()
        self._records.append((called_ns, lag_ns))

    def since(self, since_ns: int) -> int | None:
        """Return the largest of the callbacks from ``since_ns`` on, or None without one."""
        lags = (lag_ns for called_ns, lag_ns in self._records if called_ns >= since_ns)
        return next(lags, None)
