"""The session that is shown, and the stretches of it that figures stand for: marked, played."""

from collections.abc import Callable
from dataclasses import replace

from app.core.records import TurnRecord
from app.metrics.spans import span_of
from app.session.messages import EngineRequest
from app.ui.vm.lanes import LanesViewModel
from app.ui.vm.lanes_view import Span
from app.ui.vm.live import LiveViewModel
from app.ui.vm.playing import Asked, PlayingViewModel
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.vm.turn import TurnViewModel
from app.ui.vm.work import WorkViewModel


class PlayedViewModel(WorkViewModel):
    """Turns, lanes and what plays of them. All calls on the GUI thread."""

    def __init__(
        self, setup: SetupViewModel, live: LiveViewModel, send: Callable[[EngineRequest], None]
    ) -> None:
        super().__init__(setup, live, send)
        self.statistics = StatisticsViewModel(setup.preferences.metric)
        self.turn = TurnViewModel(self.statistics)
        self.lanes = LanesViewModel()
        self.playing = PlayingViewModel(send)
        self.lanes.play_wanted.connect(self.play_span)
        self.lanes.stop_wanted.connect(self._stop_wanted)
        self.lanes.telephone_wanted.connect(self._hear_telephone)
        setup.changed.connect(self._follow_telephone)
        self._follow_telephone()

    def choose_metric(self, metric: str) -> None:
        """Show the statistics of another metric, and remember it."""
        if self.statistics.choose(metric):
            self.setup.update(replace(self.setup.preferences, metric=metric))

    # --- figures that stand for a stretch of the session

    def show_figure(self, metric: str, turn: TurnRecord | None = None) -> bool:
        """Mark and play the stretch that a figure stands for; the same one again is stopped.

        Args:
            metric: Column of the turn table.
            turn: None is the turn that is shown.

        Returns:
            Whether the figure has such a stretch.
        """
        shown = turn or self.turn.turn
        span = None if shown is None else self._span(metric, shown)
        if shown is None or span is None or self.session is None:
            return False
        asked = Asked(metric, shown.turn_id)
        if self.playing.is_on(asked):
            return self.playing.stop()
        self.lanes.show_span(span)
        self._hush()
        self.playing.play(self.session, span, self.setup.output, asked)
        return True

    def _span(self, metric: str, turn: TurnRecord) -> Span | None:
        found = span_of(metric, turn)
        if found is None or self.session is None:
            return None
        first, last = ((instant - self.session.record.t0_ns) / 1e6 for instant in found)
        return Span(first, last)

    def play_span(self, span: Span) -> None:
        """Play a stretch of the present session."""
        if self.session is not None:
            self._hush()
            self.playing.play(self.session, span, self.setup.output)

    def _hush(self) -> None:
        """A replay that goes on would sound over it."""
        if self.replay.playing:
            self.replay.toggle()

    def stop_playing(self) -> bool:
        """End what sounds; False if nothing does."""
        return self.playing.stop()

    def _stop_wanted(self) -> None:
        self.playing.stop()

    def _hear_telephone(self, telephone: bool) -> None:  # noqa: FBT001 - a signal's argument
        self.setup.update(replace(self.setup.preferences, telephone=telephone))

    def _follow_telephone(self) -> None:
        telephone = self.setup.preferences.telephone
        self.playing.telephone = telephone
        self.lanes.set_telephone(telephone=telephone)
