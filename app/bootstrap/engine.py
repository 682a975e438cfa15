"""The measuring engine's object graph, inline or in a process of its own."""

import asyncio
import os
import platform
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
from app.bootstrap.activity import load_activity
from app.bootstrap.inputs import open_input
from app.bootstrap.known import PROGRAM, key_variables
from app.bootstrap.prices import price_book
from app.core.clock import Clock
from app.core.ports import AudioSink, SessionStore
from app.core.version import VERSION
from app.localengine.supervisor import ChildServers
from app.net.mcp_client import McpHttpConnector
from app.net.tool_http import HttpToolCaller
from app.net.ws_driver import WsConnector
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.providers.catalogue import Catalogue
from app.providers.targets import capabilities_of
from app.session.messages import OutputChoice, OutputKind
from app.session.parts import SessionParts
from app.session.servers import SharedServers
from app.store.calibrations import FolderCalibrations, calibrations_root
from app.store.layout import sessions_root
from app.store.reader import FolderReader
from app.store.recorder import FolderStore


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
