from app.core.clock import Nanoseconds
from app.core.ports.replay import ScoreLine, ScorePlace


def test_a_line_is_read_again_from_where_it_begins_with_the_instant_before_it() -> None:
    line = ScoreLine(Nanoseconds(900), "SpeechStarted", b"{}", offset=40, before_ns=700)

    assert line.before == ScorePlace(40, Nanoseconds(700))
