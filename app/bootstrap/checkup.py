"""What ``vivavoce doctor`` looks at. Nothing here loads Qt, PortAudio or a network."""

import argparse
import asyncio
import ctypes.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from app.bootstrap.display import find_display
from app.bootstrap.known import PROGRAM
from app.cli import doctor as front
from app.cli.doctor import Check, Finding, Verdict
from app.core.errors import DeviceError, SecretStoreError, WeightsError
from app.core.ports import DeviceLister, WeightCondition, WeightKeeper

_OLDEST, _TOO_NEW = (3, 11), (3, 14)
_LEAST_FREE_MB, _COMFORTABLE_FREE_MB = 50, 1000
_KEYRING_TIMEOUT_S = 5.0
_PROBE_TIMEOUT_S = 60.0
_QT_LEAKS = 7
_SUGGESTED_PACKAGES = (
    "libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1"
)
_QT_PROBE = f"""
import sys
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
label = QLabel()
before = sys.getrefcount(None)
for _ in range(100):
    label.setText("x")
sys.exit({_QT_LEAKS} if sys.getrefcount(None) < before - 50 else 0)
"""


def doctor(arguments: Sequence[str]) -> int:
    """Check this machine; return 1 if a session with the embedded engine cannot run."""
    parser = argparse.ArgumentParser(prog="vivavoce doctor", description=front.__doc__)
    front.add_arguments(parser)
    return front.run(parser.parse_args(arguments), _checks(os.environ))


def _checks(environment: Mapping[str, str]) -> Sequence[Check]:
    from app.audio.lister import ProcessDeviceLister  # noqa: PLC0415
    from app.store.layout import sessions_root  # noqa: PLC0415

    return (
        partial(check_python, sys.version_info[:2], platform.python_version()),
        check_qt,
        check_speech_libraries,
        partial(check_display, environment),
        check_portaudio,
        partial(check_devices, ProcessDeviceLister(PROGRAM)),
        check_keyring,
        partial(check_weights, environment),
        partial(check_space, sessions_root(None, environment)),
    )


def check_python(version: tuple[int, ...], words: str) -> Finding:
    """Say whether the libraries are made for this Python."""
    if _OLDEST <= version < _TOO_NEW:
        return Finding("Python", Verdict.OK, words)
    advice = "Install Python 3.11, 3.12 or 3.13 and name it in VIVAVOCE_PYTHON."
    return Finding("Python", Verdict.PROBLEM, f"{words} is not supported", advice)


def check_qt() -> Finding:
    """Start Qt without a display in a process of its own, and count its references to None."""
    try:
        probe = _python(_QT_PROBE)
    except (OSError, subprocess.TimeoutExpired) as exc:
        return Finding("Window toolkit", Verdict.WARNING, f"did not start: {type(exc).__name__}")
    if probe.returncode == 0:
        return Finding("Window toolkit", Verdict.OK, "Qt starts")
    if probe.returncode == _QT_LEAKS:
        return Finding(
            "Window toolkit",
            Verdict.WARNING,
            "this PySide6 loses references and would crash",
            "Install the version of requirements.lock: run packaging/run again.",
        )
    advice = f"As root: apt-get install -y --no-install-recommends {_SUGGESTED_PACKAGES}"
    return Finding(
        "Window toolkit", Verdict.WARNING, f"Qt does not start: {_last_line(probe)}", advice
    )


def check_speech_libraries() -> Finding:
    """Load the libraries of the embedded engine in a process of their own."""
    name = "Speech libraries"
    try:
        probe = _python("import onnxruntime, soxr, xllamacpp")
    except (OSError, subprocess.TimeoutExpired) as exc:
        return Finding(name, Verdict.PROBLEM, f"did not load: {type(exc).__name__}")
    if probe.returncode == 0:
        return Finding(name, Verdict.OK, "load")
    advice = "As root: apt-get install -y libgomp1; if that does not help, run packaging/run again."
    return Finding(name, Verdict.PROBLEM, f"do not load: {_last_line(probe)}", advice)


def _python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", program],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=_PROBE_TIMEOUT_S,
        check=False,
    )


def _last_line(probe: subprocess.CompletedProcess[str]) -> str:
    lines = probe.stderr.strip().splitlines()
    return lines[-1][:200] if lines else f"exit code {probe.returncode}"


def check_display(environment: Mapping[str, str]) -> Finding:
    """Say whether there is somewhere to open the window."""
    display = find_display(environment)
    if not display.problem:
        return Finding("Display", Verdict.OK, display.source or "comes with the system")
    advice = "Start from a desktop, or hold sessions here with `vivavoce talk`."
    return Finding("Display", Verdict.WARNING, f"{display.problem}, so no window", advice)


def check_portaudio() -> Finding:
    """Say whether PortAudio is installed."""
    found = ctypes.util.find_library("portaudio")
    if found or sys.platform != "linux":
        return Finding("PortAudio", Verdict.OK, found or "comes with the libraries")
    advice = "As root: apt-get install -y libportaudio2. Until then use files as microphone."
    return Finding("PortAudio", Verdict.WARNING, "not installed", advice)


def check_devices(lister: DeviceLister) -> Finding:
    """Count the microphones and loudspeakers."""
    name = "Sound devices"
    try:
        devices = asyncio.run(lister.list_devices())
    except DeviceError as error:
        return Finding(name, Verdict.WARNING, str(error), error.hint)
    inputs = sum(device.input_channels > 0 for device in devices)
    outputs = sum(device.output_channels > 0 for device in devices)
    if inputs and outputs:
        return Finding(name, Verdict.OK, f"{inputs} for input, {outputs} for output")
    advice = "Plug one in, or use files as microphone: `vivavoce talk --input FILE.wav`."
    return Finding(name, Verdict.WARNING, f"{inputs} for input, {outputs} for output", advice)


def check_keyring() -> Finding:
    """Ask the keyring for a key that it does not have."""
    from app.store.secrets import KeyringStore  # noqa: PLC0415 - takes 0.2 s

    store = KeyringStore(timeout_s=_KEYRING_TIMEOUT_S)
    try:
        name = store.backend_name()
        store.get("doctor")
    except SecretStoreError as error:
        return Finding("Keyring", Verdict.WARNING, str(error), error.hint)
    return Finding("Keyring", Verdict.OK, name)


def check_weights(environment: Mapping[str, str]) -> Finding:
    """Hash the embedded engine's model files."""
    from app.localengine.weights import Weights, open_store  # noqa: PLC0415

    try:
        return judged_weights(Weights(open_store(environment)))
    except WeightsError as error:
        return Finding("Speech models", Verdict.PROBLEM, str(error), error.hint)


def judged_weights(keeper: WeightKeeper) -> Finding:
    """Judge the files of the default set."""
    wanted = [row for row in keeper.status() if row.weight_set == keeper.sets[0]]
    wrong = [row for row in wanted if row.condition is not WeightCondition.PRESENT]
    if not wrong:
        return Finding("Speech models", Verdict.OK, f"{len(wanted)} files in {keeper.folder}")
    first = f"{wrong[0].name} is {wrong[0].condition.value}"
    more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return Finding("Speech models", Verdict.PROBLEM, first + more, "Run `vivavoce weights fetch`.")


def check_space(root: Path) -> Finding:
    """Say whether sessions can be written below ``root``; nothing is created."""
    name = "Recordings"
    nearest = next(folder for folder in (root, *root.parents) if os.access(folder, os.F_OK))
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        advice = "Name another folder with VIVAVOCE_SESSIONS."
        return Finding(name, Verdict.PROBLEM, f"{root} cannot be written", advice)
    free_mb = shutil.disk_usage(nearest).free // 1_000_000
    says = f"{free_mb} MB free for {root}"
    if free_mb >= _COMFORTABLE_FREE_MB:
        return Finding(name, Verdict.OK, says)
    verdict = Verdict.WARNING if free_mb >= _LEAST_FREE_MB else Verdict.PROBLEM
    return Finding(name, verdict, says, "Free some space; an hour of recording takes 350 MB.")
