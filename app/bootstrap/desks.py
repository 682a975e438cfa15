"""What serves the window beside its session."""

import os
from collections.abc import Sequence
from functools import partial

from app.audio.supervisor import AudioChild
from app.bootstrap.engine import open_output
from app.bootstrap.known import PROGRAM
from app.bootstrap.library import open_library
from app.bootstrap.prices import own_prices
from app.core.ports import Library
from app.session.desk import Desk, MakeDesk, Outlet
from app.session.library_desk import LibraryDesk
from app.session.parts import SessionParts
from app.session.prices_desk import PricesDesk
from app.session.replay_desk import ReplayDesk
from app.store.score import FolderScore


def make_desks(parts: SessionParts) -> Sequence[MakeDesk]:
    """Return the makers of all desks; each loads what is heavy when it is first asked."""
    return (_replay(parts), _library(parts), _prices(parts))


def _prices(parts: SessionParts) -> MakeDesk:
    odd = own_prices(os.environ).odd
    return partial(PricesDesk, parts.prices, odd, parts.aside)


def _library(parts: SessionParts) -> MakeDesk:
    def open_(root: str | None) -> Library:
        return open_library(root, parts.prices, os.environ)

    return partial(LibraryDesk, open_, parts.aside, parts.clock)


def _replay(parts: SessionParts) -> MakeDesk:
    # a child of its own: one child has one loudspeaker, and the session has it
    make_output = partial(open_output, parts.clock, AudioChild(parts.clock, PROGRAM))
    open_score = partial(FolderScore, reader=parts.reader)

    def make(outlet: Outlet) -> Desk:
        return ReplayDesk(parts, open_score, make_output, outlet, room=outlet.room)

    return make
