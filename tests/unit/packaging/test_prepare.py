import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.scripts import BASH, FAKE_PYTHON, ROOT, Checkout

AGAIN = 'source "$ROOT/packaging/prepare.sh"'
EVERYTHING = 'for name; do [[ $name == -* ]] || echo "$name installed"; done'


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def installed(checkout: Checkout, *names: str) -> None:
    lines = "\n".join(f'echo "{name} installed"' for name in names)
    checkout.fake("dpkg-query", f"{lines}\nexit 1")


# --- system packages ---------------------------------------------------------------------------


def test_only_what_is_missing_is_named(checkout: Checkout) -> None:
    installed(checkout, "libgl1", "libegl1-mesa")

    said = checkout.bash("missing_packages libgl1 libegl1 xauth")

    assert said.out.split() == ["libegl1", "xauth"]


def test_a_package_that_was_removed_but_configured_is_missing(checkout: Checkout) -> None:
    checkout.fake("dpkg-query", 'echo "libgl1 config-files"')

    assert checkout.bash("missing_packages libgl1").out.split() == ["libgl1"]


@pytest.mark.parametrize("there", ["libglib2.0-0t64", "libglib2.0-0"])
def test_either_name_of_a_library_will_do(there: str, checkout: Checkout) -> None:
    installed(checkout, there)

    assert checkout.bash('missing_packages "libglib2.0-0t64|libglib2.0-0"').out == ""


@pytest.mark.parametrize(
    ("known", "name"), [("exit 0", "libglib2.0-0t64"), ("exit 100", "libglib2.0-0")]
)
def test_a_missing_library_is_named_as_this_release_does(
    known: str, name: str, checkout: Checkout
) -> None:
    checkout.fake("apt-cache", known)

    said = checkout.bash('missing_packages "libglib2.0-0t64|libglib2.0-0"')

    assert said.out.split() == [name]


def test_root_installs_and_never_removes(checkout: Checkout) -> None:
    checkout.fake("id", "echo 0")

    said = checkout.bash("require_packages libgl1 xauth")

    assert said.code == 0
    update, install = checkout.logged()
    assert update.endswith("update")
    assert "--no-remove" in install
    assert install.endswith("libgl1 xauth")


def test_a_user_with_sudo_installs_too(checkout: Checkout) -> None:
    checkout.fake("sudo", '[[ $2 == true ]] || echo "sudo" >>"$LOG"; shift; "$@"')

    assert checkout.bash("require_packages libgl1 ''").code == 0
    assert [line.split()[0] for line in checkout.logged()] == ["sudo", "apt-get"] * 2


def test_an_optional_package_that_cannot_be_had_does_not_keep_the_needed_ones_away(
    checkout: Checkout,
) -> None:
    checkout.fake("id", "echo 0")
    checkout.fake("apt-get", 'echo "apt-get $*" >>"$LOG"; [[ $* != *odd* ]]')

    assert checkout.bash("require_packages libgl1 odd").code == 0
    assert checkout.logged()[-1].endswith("libgl1")


def test_a_user_without_sudo_gets_the_one_line_for_an_administrator(checkout: Checkout) -> None:
    said = checkout.bash("require_packages 'libgl1 libegl1' xauth; echo went on")

    assert (said.code, said.out) == (3, "")
    assert said.err.splitlines()[-1].strip() == (
        "apt-get update && apt-get install -y --no-install-recommends libgl1 libegl1 xauth"
    )
    assert checkout.logged() == []


def test_where_only_extras_are_missing_it_says_so_and_goes_on(checkout: Checkout) -> None:
    said = checkout.bash("require_packages '' xauth; echo went on")

    assert (said.code, said.out) == (0, "went on\n")
    assert said.err.splitlines()[-1].strip().endswith("install-recommends xauth")


def test_python_is_asked_for_only_where_there_is_none(checkout: Checkout) -> None:
    checkout.fake("dpkg-query", EVERYTHING)

    assert checkout.bash("prepare_system libgl1 xauth").code == 0

    checkout.fake("dpkg-query", "exit 1")
    checkout.fake("python3", "exit 1")
    said = checkout.bash("prepare_system '' ''")
    assert said.code == 3
    assert said.err.splitlines()[-1].endswith("python3 python3-venv")


def test_another_kind_of_system_is_not_asked_for_packages(checkout: Checkout) -> None:
    (checkout.tools / "dpkg-query").unlink()

    assert checkout.bash("prepare_system libgl1 ''").code == 0

    checkout.fake("python3", "exit 1")
    said = checkout.bash("prepare_system libgl1 ''")
    assert (said.code, said.err) == (
        1,
        "Python 3.11, 3.12 or 3.13 is needed; install it and try again.\n",
    )


def test_the_first_suitable_python_is_taken(checkout: Checkout) -> None:
    checkout.fake("python3", "exit 1")
    checkout.fake("python3.13", "exit 0")

    assert checkout.bash("find_python").out == f"{checkout.tools}/python3.13\n"


# --- the environment ---------------------------------------------------------------------------


def test_an_environment_is_created_once(checkout: Checkout) -> None:
    first = checkout.bash("prepare_venv")
    again = checkout.bash("prepare_venv")

    assert (first.code, again.code, again.err) == (0, 0, "")
    assert [line.split()[0] for line in checkout.logged()] == ["create", "pip", "uv", "uv"]
    _, uv, lock, program = checkout.logged()
    assert "--only-binary :all: --require-hashes" in uv
    assert lock.endswith(f"--require-hashes -r {checkout.root}/requirements.lock")
    assert program.endswith(f"--no-deps --no-build-isolation -e {checkout.root}")


def test_the_installer_is_the_locked_one_alone(checkout: Checkout) -> None:
    checkout.bash("prepare_venv")

    first, *hashes = (checkout.root / ".venv" / "uv.lock").read_text().splitlines()

    assert re.fullmatch(r"uv==\S+ \\", first)
    assert hashes
    assert all(line.startswith("    --hash=sha256:") for line in hashes)


@pytest.mark.parametrize(
    ("extra", "tried"),
    [
        ({"PIP_UV": "false"}, ["create", "pip", "pip", "pip"]),
        ({"UV": "false"}, ["create", "pip", "uv", "pip", "pip"]),
    ],
    ids=["it cannot be had", "it cannot do it"],
)
def test_without_the_quick_installer_pip_installs_the_same(
    extra: dict[str, str], tried: list[str], checkout: Checkout
) -> None:
    assert checkout.bash("prepare_venv", extra).code == 0

    assert [line.split()[0] for line in checkout.logged()] == tried
    assert checkout.logged()[-2].endswith(f"--require-hashes -r {checkout.root}/requirements.lock")
    assert checkout.logged()[-1].endswith(f"--no-deps --no-build-isolation -e {checkout.root}")


def test_every_tool_means_the_same_environment_wherever_it_looks_from(checkout: Checkout) -> None:
    elsewhere = checkout.root / "elsewhere"
    elsewhere.mkdir()

    said = checkout.bash(f'VIVAVOCE_VENV=env; cd "{elsewhere}"; {AGAIN}; prepare_venv')

    assert said.code == 0
    for line in checkout.logged():
        if line.startswith("uv"):
            assert f"--python {elsewhere}/env/bin/python" in line


PIP_SETTINGS = (
    r":env:.index-url='https://mirror/a'\nglobal.cert='/ca'\nglobal.index-url='https://b'\n"
)


@pytest.mark.parametrize(
    ("extra", "index", "certificates"),
    [
        ({}, None, None),
        ({"PIP_SETTINGS": PIP_SETTINGS}, "https://mirror/a", "/ca"),
        (
            {"PIP_SETTINGS": PIP_SETTINGS, "UV_DEFAULT_INDEX": "https://c", "SSL_CERT_FILE": "/d"},
            "https://c",
            "/d",
        ),
    ],
    ids=["nothing is configured", "pip is configured", "its own variables count more"],
)
def test_the_quick_installer_asks_where_pip_would_ask(
    extra: dict[str, str], index: str | None, certificates: str | None, checkout: Checkout
) -> None:
    checkout.bash("prepare_venv", extra)

    lines = checkout.log.with_name("log.uv").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines)
    assert given.get("UV_DEFAULT_INDEX") == index
    assert given.get("SSL_CERT_FILE") == certificates


@pytest.mark.parametrize(
    "change",
    [
        "echo >>requirements.lock",
        "echo >>pyproject.toml",
        "rm .venv/.vivavoce-complete",
        "rm .venv/bin/python",
    ],
)
def test_an_environment_that_is_out_of_date_or_torn_is_made_anew(
    change: str, checkout: Checkout
) -> None:
    checkout.bash("prepare_venv")
    (checkout.root / ".venv" / "stale").touch()

    said = checkout.bash(f'cd "$ROOT"; {change}; prepare_venv')

    assert said.code == 0, said.err
    assert not (checkout.root / ".venv" / "stale").exists()
    assert checkout.logged().count("create") == 2


def test_a_failed_installation_is_told_and_done_again_next_time(checkout: Checkout) -> None:
    failed = checkout.bash("prepare_venv", {"PIP": "false"})
    again = checkout.bash("prepare_venv")

    assert failed.code == 1
    assert failed.err.splitlines()[-1].startswith("The libraries could not be installed")
    assert again.code == 0
    assert checkout.logged().count("create") == 2


def test_a_folder_that_is_no_environment_is_never_removed(checkout: Checkout) -> None:
    precious = checkout.root.parent / "precious"
    precious.mkdir()
    (precious / "work").touch()

    said = checkout.bash("prepare_venv", {"VIVAVOCE_VENV": str(precious)})

    assert said.code == 1
    assert "no virtual environment" in said.err
    assert (precious / "work").exists()


def test_two_that_start_at_once_create_one_environment(checkout: Checkout) -> None:
    script = f'set -euo pipefail; source "{checkout.root}/packaging/prepare.sh"; prepare_venv'
    both = [
        subprocess.Popen([BASH, "-c", script], env=checkout.environment({"PIP": "sleep 0.1"}))
        for _ in range(2)
    ]

    assert [process.wait(20) for process in both] == [0, 0]
    assert checkout.logged().count("create") == 1


# --- weights -----------------------------------------------------------------------------------


def test_the_scripts_read_the_same_weights_as_the_program(checkout: Checkout) -> None:
    lock = json.loads((ROOT / "packaging" / "weights.lock").read_text())
    wanted = [f"{f['size']} {f['target']}" for f in lock["files"] if f["set"] == "default"]

    assert checkout.bash("locked_weights").out.splitlines() == wanted
    assert wanted


def test_weights_are_fetched_until_all_are_there_in_full_size(checkout: Checkout) -> None:
    folder = checkout.root.parent / "weights"
    extra = {"VIVAVOCE_WEIGHTS": str(folder)}
    lines = [line.split() for line in checkout.bash("locked_weights").out.splitlines()]
    checkout.bash("prepare_venv")

    for size, target in lines:
        checkout.bash("prepare_weights", extra)
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        (folder / target).touch()
        os.truncate(folder / target, int(size))
    checkout.bash("prepare_weights", extra)

    fetches = [line for line in checkout.logged() if line == "app -m app weights fetch"]
    assert len(fetches) == len(lines)


# --- the two scripts ---------------------------------------------------------------------------


def test_run_hands_its_arguments_over_and_prints_nothing_itself(checkout: Checkout) -> None:
    checkout.fake("dpkg-query", EVERYTHING)

    said = checkout.start("run", "talk", "--input", "a b.wav")

    assert (said.code, said.out) == (0, "")
    assert checkout.logged()[-1] == "app -m app talk --input a b.wav"


def test_run_without_a_display_leaves_it_to_the_program(checkout: Checkout) -> None:
    checkout.fake("dpkg-query", EVERYTHING)
    checkout.fake("python3", f'[[ $* != "-m app" ]] || echo program >>"$LOG"\n{FAKE_PYTHON}')

    assert checkout.start("run").code == 0
    assert checkout.logged()[-1] == "program"


def test_run_with_a_display_opens_the_window(checkout: Checkout) -> None:
    checkout.fake("dpkg-query", EVERYTHING)
    checkout.fake("python3", f'[[ $* != "-m app" ]] || echo window >>"$LOG"\n{FAKE_PYTHON}')

    assert checkout.start("run", extra={"DISPLAY": ":9"}).code == 0
    assert checkout.logged()[-1] == "window"


def test_the_window_needs_its_libraries_but_the_terminal_does_not(checkout: Checkout) -> None:
    installed(checkout, "ca-certificates", "libgomp1")

    assert checkout.start("run", extra={"DISPLAY": ":9"}).code == 3
    assert checkout.start("run", "models").code == 0


def test_the_scripts_can_be_run() -> None:
    for name in ("packaging/run", "packaging/test", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK), name
    assert "packaging/test" in (ROOT / ".ci" / "run").read_text()
