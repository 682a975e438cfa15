"""How long a piece of work slept, whatever other programs took from it meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Waits:
    """Watches work on one thread.

    Attributes:
        longest_s: The longest sleep in one piece of work. Time in which the thread ran, or could
            have run but for others on its processor, is none.
    """

    def __init__(self) -> None:
        self.longest_s = 0.0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch one piece of work."""
        began_ns, ran_ns = time.perf_counter_ns(), _ran_ns()
        yield
        slept_ns = time.perf_counter_ns() - began_ns - (_ran_ns() - ran_ns)
        self.longest_s = max(self.longest_s, slept_ns / 1e9)


def _ran_ns() -> int:
    """Return how long this thread has run or stood in line for a processor."""
    ran, stood, _ = Path("/proc/thread-self/schedstat").read_text("ascii").split()
    return int(ran) + int(stood)
