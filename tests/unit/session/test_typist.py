"""What was typed in a recorded session is sent again, one turn after the other."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.session.parts import Typed
from app.session.typed import Typist
from tests.support.clocks import ManualClock, run_virtual


class Tracker:
    """Knows a turn that is over a second after its message, which may have joined it."""

    def __init__(self, *, open_already: bool) -> None:
        self.busy = open_already
        self.begun_n = int(open_already)

    async def say(self, _text: str) -> None:
        if not self.busy:
            self.begun_n += 1
        self.busy = True
        asyncio.get_running_loop().call_later(1.0, self.close)

    def close(self) -> None:
        self.busy = False


@pytest.mark.parametrize("open_already", [False, True])
def test_a_message_that_joins_an_open_turn_is_over_with_it(*, open_already: bool) -> None:
    tracker: Any = Tracker(open_already=open_already)
    dialogue: Any = SimpleNamespace(say=tracker.say)
    message = Typed(text="Hm?", at_ms=0.0, after=0, name="typed 1")
    typist = Typist([message], ManualClock())

    run_virtual(asyncio.wait_for(typist.send_in_turn(dialogue, tracker), 10.0))

    assert not tracker.busy
    assert typist.left == []
