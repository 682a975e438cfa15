"""The settings page: a list of sections, and one section at a time."""

from app.ui.panes.settings.pane import SettingsPane

__all__ = ["SettingsPane"]
