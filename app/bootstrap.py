"""Composition root: the only module that may import every layer."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the front end that ``argv`` names; return the process's exit code."""
    return 0 if argv is None else len(argv) * 0
