"""What tests of whole processes share: real weights, and the time that a busy machine takes."""

from pathlib import Path

import pytest

from app.localengine.weights import open_store, weight_keeper
from app.localengine.weights_store import WeightStore

TIMEOUT_S = 180.0
"""For a test that names no other; each wait in it has a limit of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture(scope="session")
def weights() -> WeightStore:
    """Return the user's store with the default set in it."""
    weight_keeper().fetch(["default"], print)
    return open_store()
