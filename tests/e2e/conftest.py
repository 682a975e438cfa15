"""Weights for the tests that need real ones: fetched where they are missing, never skipped."""

import pytest

from app.localengine.weights import open_store, weight_keeper
from app.localengine.weights_store import WeightStore


@pytest.fixture(scope="session")
def weights() -> WeightStore:
    """Return the user's store with the default set in it."""
    weight_keeper().fetch(["default"], print)
    return open_store()
