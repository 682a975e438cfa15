"""A recorded session shown as if it were live: what says so, what steers it, what follows."""

from app.ui.panes.replay.bars import ReplayStrip, TransportPane
from app.ui.panes.replay.offer import OfferBar

__all__ = ["OfferBar", "ReplayStrip", "TransportPane"]
