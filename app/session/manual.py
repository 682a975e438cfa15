"""What the provider is asked for: the user's settings, less what our own side decides."""

from dataclasses import replace

from app.core.conduct import BargeIn
from app.core.config import SessionSettings, VadMode


def manual(settings: SessionSettings) -> SessionSettings:
    """Return ``settings`` with push-to-talk in place of any detection."""
    return replace(settings, turn_detection=replace(settings.turn_detection, mode=VadMode.MANUAL))


def told(settings: SessionSettings, barge_in: BargeIn) -> SessionSettings:
    """Return ``settings`` as the provider is told them: speech stops no reply if it must not."""
    turns = settings.turn_detection
    interrupts = turns.interrupt_response and barge_in.enabled
    return replace(settings, turn_detection=replace(turns, interrupt_response=interrupts))
