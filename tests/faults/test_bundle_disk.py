"""Bundles on a disk that is soon full: a sentence, and nothing half done."""

from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.exports.bundle import write_bundle
from app.store import importing
from app.store.importing import import_bundle_file
from tests.support.bundles import bundled, contents, job, recorded
from tests.support.small_disk import small_disk


def test_a_full_disk_takes_neither_a_bundle_nor_its_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = recorded(tmp_path / "from", frames=200_000)
    bundle = bundled(tmp_path / "a.vivavoce", folder)
    (tmp_path / "small").mkdir()
    with small_disk(tmp_path / "small", 256) as small:
        with pytest.raises(StoreError, match="No space left"):
            write_bundle(job(small / "b.vivavoce", folder))
        with pytest.raises(StoreError, match="MB left"):
            import_bundle_file(bundle, small / "root")
        monkeypatch.setattr(importing, "_SPARE_BYTES", -(1 << 40))
        with pytest.raises(StoreError, match="No space left"):
            import_bundle_file(bundle, small / "root")

        assert contents(small) == {}
        assert list((small / "root").iterdir()) == []
