"""Keys in a real keyring, by the program's own command line."""

import json
from pathlib import Path

import pytest

from tests.support.keyring_daemon import KeyringSession, missing_tools

KEY = "sk-canary-Zx81-0123456789"

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason=f"not installed: {', '.join(missing_tools())}"
)


def origin_of(session: KeyringSession, provider: str) -> str:
    listed = session.vivavoce("keys", "list", "--json")
    assert listed.code == 0, listed.err
    rows = [json.loads(line) for line in listed.out.splitlines()]
    return next(str(row["origin"]) for row in rows if row["provider"] == provider)


def test_a_key_is_set_listed_and_removed_and_never_shown(tmp_path: Path) -> None:
    session = KeyringSession(tmp_path)

    before = origin_of(session, "openai")
    stored = session.vivavoce("keys", "set", "openai", "--stdin", stdin=KEY + "\n")
    between = origin_of(session, "openai")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    plain = [path for path in files if KEY.encode() in path.read_bytes()]
    removed = session.vivavoce("keys", "remove", "openai")
    listed = session.vivavoce("keys", "list", extra={"OPENAI_API_KEY": KEY})
    again = session.vivavoce("keys", "remove", "openai")

    assert (stored.code, removed.code, again.code) == (0, 0, 1), stored.err + removed.err
    assert (before, between) == ("not set", "in keyring")
    assert any("keyring" in str(path) for path in files), files
    assert plain == []
    assert "no key" in again.err
    assert "from environment" in listed.out  # and is not put into the keyring: it is gone still
    shown = (stored, removed, listed, again)
    assert KEY not in "".join(each.out + each.err for each in shown)


def test_the_doctor_names_the_keyring(tmp_path: Path) -> None:
    said = KeyringSession(tmp_path).vivavoce("doctor", "--json")

    findings = {row.get("name"): row for row in map(json.loads, said.out.splitlines())}
    assert (findings["Keyring"]["verdict"], findings["Keyring"]["says"]) == ("ok", "Secret Service")
