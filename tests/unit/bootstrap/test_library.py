"""The library as it is composed: a broken installation is no fact about a session."""

import sys
from pathlib import Path

import pytest

from app.bootstrap.library import open_library
from app.core.errors import StoreError
from app.core.library import LibraryQuery, Refreshed
from tests.support.libraries import made_session

REASON = "numpy.dtype size changed, may indicate binary incompatibility"


class Broken:
    """Finds the reckoning of bills, which then cannot be loaded."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def find_spec(self, name: str, _path: object, _target: object = None) -> None:
        if name == "app.metrics.billing":
            raise self._error(REASON)


@pytest.mark.parametrize("error", [ImportError, ValueError])
def test_a_part_that_cannot_be_loaded_is_told_and_marks_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    made_session(tmp_path, "a")
    library = open_library(str(tmp_path), None, {})
    with monkeypatch.context() as broken:
        broken.delitem(sys.modules, "app.metrics.billing", raising=False)
        broken.setattr(sys, "meta_path", [Broken(error), *sys.meta_path])
        with pytest.raises(StoreError, match=REASON):
            library.refresh()

    assert library.refresh() == Refreshed(added_n=1)
    (row,) = library.query(LibraryQuery()).rows
    assert (row.odd, row.figures.v2v_p50_ms) == ((), 500.0)
    library.close()
