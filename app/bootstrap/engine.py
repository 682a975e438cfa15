"""The measuring engine's object graph, inline or in a process of its own."""

import asyncio
import os
import platform
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.audio.host import DeviceSpeaker
from app.audio.lister import ProcessDeviceLister
from app.audio.null_sink import NullSpeaker
from app.audio.player import ReplyPlayer
from app.audio.processing import WebRtcProcessor, processing_installed
from app.audio.supervisor import AudioChild
from app.audio.watch import ProcessDeviceWatch
from app.bootstrap.inputs import open_input
from app.bootstrap.prices import price_book
from app.cli.plain import plain
from app.core.clock import Clock
from app.core.errors import WeightsError
from app.core.ports import AudioSink, SessionStore, VoiceActivity
from app.core.resources import resource
from app.core.version import VERSION
from app.localengine.supervisor import ChildServers
from app.net.mcp_client import McpHttpConnector
from app.net.tool_http import HttpToolCaller
from app.net.ws_driver import WsConnector
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.providers.catalogue import Catalogue, parse_catalogue
from app.providers.targets import capabilities_of
from app.session.messages import OutputChoice, OutputKind
from app.session.parts import SessionParts
from app.session.servers import SharedServers
from app.store.calibrations import FolderCalibrations, calibrations_root
from app.store.layout import sessions_root
from app.store.reader import FolderReader
from app.store.recorder import FolderStore
from app.store.repair import repair_sessions

PROGRAM = (sys.executable, "-m", "app")
"""How this program starts a process of its own."""

CUSTOM_KEY_VARIABLE = "VIVAVOCE_KEY"
"""May hold the key of an endpoint that is given by its URL."""


def catalogue() -> Catalogue:
    """Return the bundled catalogue.

    Raises:
        ConfigError: If it was damaged.
    """
    return parse_catalogue(resource("catalogue", "models.toml").read_text("utf-8"))


def key_variables(known: Catalogue) -> tuple[str, ...]:
    """Return the environment variables that may hold keys: no child of ours gets them."""
    named = (spec.key_env for spec in known.providers)
    return (CUSTOM_KEY_VARIABLE, *(name for name in named if name))


def make_parts(clock: Clock, known: Catalogue) -> SessionParts:
    """Return the outside world of a session."""
    audio_child = AudioChild(clock, PROGRAM)
    reader = FolderReader(os.environ)
    return SessionParts(
        clock=clock,
        connector=WsConnector(clock, user_agent=f"vivavoce/{VERSION}"),
        servers=SharedServers(ChildServers(PROGRAM, drop=key_variables(known))),
        devices=ProcessDeviceLister(PROGRAM),
        make_store=partial(_store, clock),
        make_codec=OpenAIRealtimeClient,
        make_input=partial(open_input, clock, audio_child, reader),
        make_output=partial(open_output, clock, audio_child),
        make_player=ReplyPlayer,
        capabilities=partial(capabilities_of, known),
        machine=_machine(),
        app_version=VERSION,
        today=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"),
        new_session_id=lambda: f"vv_{uuid.uuid4().hex}",
        aside=asyncio.to_thread,
        reader=reader,
        calibrations=FolderCalibrations(calibrations_root(os.environ)),
        make_activity=load_activity,
        wall_ns=time.time_ns,
        watch_devices=partial(ProcessDeviceWatch, PROGRAM),
        make_processor=WebRtcProcessor if processing_installed() else None,
        tool_caller=HttpToolCaller(f"vivavoce/{VERSION}"),
        mcp=McpHttpConnector(),
        prices=price_book(os.environ),
    )


def mend_sessions(folder: str | None) -> None:
    """Repair what killed processes left behind, and say so on standard error.

    Raises:
        StoreError: If the folder is there and cannot be read.
    """
    for repair in repair_sessions(sessions_root(folder, os.environ)):
        told = repair.problem or "was interrupted; its recording has been repaired"
        sys.stderr.write(plain(f"Session {repair.folder.name} {told}.") + "\n")


def _store(clock: Clock, folder: str | None, secrets: Sequence[str]) -> SessionStore:
    return FolderStore(sessions_root(folder, os.environ), clock, secrets)


def open_output(clock: Clock, child: AudioChild, choice: OutputChoice) -> AudioSink:
    """Return a loudspeaker; its owner opens it. ``child`` may have one at a time."""
    if choice.kind is OutputKind.NULL:
        return NullSpeaker(clock)
    return DeviceSpeaker(choice.device, child)


def _machine() -> Mapping[str, Any]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "pid": os.getpid(),
    }


def load_activity() -> VoiceActivity:
    """Return a network that hears speech, for one stream. Blocks while it is loaded.

    Raises:
        WeightsError: If it is not there, damaged, or its library does not load.
    """
    try:
        from app.inference.silero import SileroNetwork, SileroVad  # noqa: PLC0415
    except ImportError as exc:
        raise WeightsError(
            f"the library of the speech detector does not load: {exc}",
            hint="Run `vivavoce doctor`.",
        ) from exc
    from app.localengine.weights import SILERO, open_store  # noqa: PLC0415

    return SileroVad(SileroNetwork(open_store().verified(SILERO)))
