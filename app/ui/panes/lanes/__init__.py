"""The turn lanes: both sides on one time axis, like an audio editor and an oscilloscope."""

from app.ui.panes.lanes.pane import LanesPane

__all__ = ["LanesPane"]
