"""The settings of a turn that the user ends by hand."""

from dataclasses import replace

from app.core.config import SessionSettings, VadMode


def manual(settings: SessionSettings) -> SessionSettings:
    """Return ``settings`` with push-to-talk in place of any detection."""
    return replace(settings, turn_detection=replace(settings.turn_detection, mode=VadMode.MANUAL))
