"""How the user's turns end and what speech does to a reply, as the user wants it at present."""

from dataclasses import replace
from typing import Final

from app.core.capabilities import Capabilities
from app.core.conduct import BargeIn
from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.errors import ConfigError
from app.session.manual import told
from app.session.messages import StartSession

_NEEDED: Final = {
    VadMode.SERVER: "server_vad",
    VadMode.SEMANTIC: "semantic_vad",
    VadMode.MANUAL: "manual_turns",
}
"""By mode: the capability without which it is refused."""


class TurnChoice:
    """The present choice, and the one before until the provider has taken it.

    Args:
        start: What the session began with.
        capabilities: What the provider can do.

    Attributes:
        settings: The session's settings, as the user wants them.
        barge_in: What speech does to a reply.
    """

    def __init__(self, start: StartSession, capabilities: Capabilities) -> None:
        self.settings = start.settings
        self.barge_in = start.conduct.barge_in
        self._capabilities = capabilities
        self._before: tuple[SessionSettings, BargeIn] | None = None

    @property
    def told(self) -> SessionSettings:
        """What the provider is asked for."""
        return told(self.settings, self.barge_in)

    @property
    def mode(self) -> VadMode:
        """Who ends the user's turns."""
        return self.settings.turn_detection.mode

    @property
    def provider_interrupts(self) -> bool:
        """Whether the provider stops its reply when it hears the user."""
        return self.told.turn_detection.interrupt_response

    def change(self, turn_detection: TurnDetection, barge_in: BargeIn) -> bool:
        """Take another choice; return whether the provider must be told.

        Raises:
            ConfigError: If the provider cannot, or not while the session runs.
        """
        settings = replace(self.settings, turn_detection=turn_detection)
        tells = told(settings, barge_in) != self.told
        if tells:
            self._check(turn_detection)
            self._before = self._before or (self.settings, self.barge_in)
        self.settings, self.barge_in = settings, barge_in
        return tells

    def accepted(self) -> None:
        """The provider has taken what it was told."""
        self._before = None

    def refused(self) -> bool:
        """Go back to what the provider took last; return whether there was anything to undo."""
        if self._before is None:
            return False
        (self.settings, self.barge_in), self._before = self._before, None
        return True

    def _check(self, turn_detection: TurnDetection) -> None:
        if not self._capabilities.changes_turns:
            raise ConfigError(
                "This provider keeps the turn detection that the session began with.",
                hint="Start a new session with the other setting.",
            )
        able = getattr(self._capabilities, _NEEDED[turn_detection.mode])
        if not able or (turn_detection.idle_timeout_ms is not None and not self._idles):
            raise ConfigError(
                "This provider does not have that kind of turn detection.",
                hint="Choose another kind.",
            )

    @property
    def _idles(self) -> bool:
        return self._capabilities.idle_timeout
