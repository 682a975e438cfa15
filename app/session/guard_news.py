"""What the front end is told of the guard: told when it changes."""

from collections.abc import Callable

from app.session.messages import EngineReport, GuardReport, GuardState


class GuardNews:
    """Tells how the connection fares. All calls on the engine's loop.

    Attributes:
        ending_words: What is told while nothing else is, once the provider's limit is near.
        stalls_n: Stalls so far.
        renewals_n: New connections so far.
    """

    def __init__(self, report: Callable[[EngineReport], None]) -> None:
        self._report = report
        self._told: GuardReport | None = None
        self.ending_words = ""
        self.stalls_n = self.renewals_n = 0

    @property
    def state(self) -> GuardState:
        """What was told last."""
        return GuardState.FINE if self._told is None else self._told.state

    def tell(
        self,
        state: GuardState,
        words: str,
        *,
        attempt: int = 0,
        attempts: int = 0,
        wait_s: float = 0.0,
    ) -> None:
        """Tell a state and its words, unless they were told last."""
        told = GuardReport(
            state=state,
            words=words,
            attempt=attempt,
            attempts=attempts,
            wait_s=wait_s,
            stalls_n=self.stalls_n,
            renewals_n=self.renewals_n,
        )
        if told != self._told:
            self._told = told
            self._report(told)

    def calm(self, words: str) -> None:
        """Tell that all is well, or at least no worse than that the limit is near."""
        if self.ending_words:
            self.tell(GuardState.ENDING_SOON, self.ending_words)
        else:
            self.tell(GuardState.FINE, words)
