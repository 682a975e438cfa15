"""Which of a bundle's sessions are here already, with the library's index and without."""

from pathlib import Path

import pytest

from app.store import importing
from app.store.importing import import_bundle_file
from app.store.index import read_account
from tests.support.bundles import account, archive, manifest_of, session_entry
from tests.support.libraries import change_account, library_of, made_session


def bundle_of(path: Path, session_id: str) -> Path:
    files = {"session.json": account(session_id), "events.jsonl": b"{}\n"}
    inside = [(f"sessions/a/{name}", content) for name, content in files.items()]
    return archive(path, inside, manifest_of(session_entry("a", files, session_id)))


def test_only_accounts_that_the_index_does_not_know_as_they_are_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, root = bundle_of(tmp_path / "b.vivavoce", "sess-1"), tmp_path / "root"
    import_bundle_file(bundle, root)
    for name in ("other", "changed"):
        made_session(root, name)
    library_of(root).close()
    change_account(root / "changed", state="interrupted")
    made_session(root, "later")
    read: list[str] = []

    def reading(folder: Path) -> dict[str, object]:
        read.append(folder.name)
        return read_account(folder)

    monkeypatch.setattr(importing, "read_account", reading)

    again = import_bundle_file(bundle, root)

    assert (again.added, again.known) == ((), ("a",))
    assert read == ["changed", "later"]


@pytest.mark.parametrize("indexed", [False, True])
def test_a_session_that_has_become_another_since_is_not_taken_for_the_one_it_was(
    *, indexed: bool, tmp_path: Path
) -> None:
    bundle, root = bundle_of(tmp_path / "b.vivavoce", "sess-1"), tmp_path / "root"
    import_bundle_file(bundle, root)
    if indexed:
        library_of(root).close()
    change_account(root / "a", session_id="sess-2")

    assert import_bundle_file(bundle, root).added == ("a-2",)


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("begun", ["x" * 300, "x\ty"], ids=["long", "unprintable"])
def test_ids_that_the_index_keeps_otherwise_are_known_too(
    begun: str, *, indexed: bool, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    first = bundle_of(tmp_path / "first.vivavoce", f"{begun} one")
    second = bundle_of(tmp_path / "second.vivavoce", f"{begun} two")
    import_bundle_file(first, root)
    if indexed:
        library_of(root).close()

    assert import_bundle_file(first, root).known == ("a",)
    assert import_bundle_file(second, root).added == ("a-2",)
