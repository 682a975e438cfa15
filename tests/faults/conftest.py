"""Tests that start processes may wait for long: a deadline that is met costs nothing."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIMIT_S = 180


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test here more time than the pure ones have."""
    for item in items:
        if HERE in Path(item.path).parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LIMIT_S))
