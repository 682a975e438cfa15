"""How a turn ended, in words."""

from typing import Any

import pytest

from app.core.turn_record import TurnRecord, TurnStatus
from app.core.turn_words import ended_words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": TurnStatus.OK, "reply_status": "completed"}, ""),
        ({"status": TurnStatus.TIMEOUT, "reply_status": "failed"}, "timeout"),
        ({"status": TurnStatus.INTERRUPTED, "false_start": True}, "interrupted, false start"),
        ({"status": TurnStatus.OK, "reply_status": "incomplete"}, "cut short by the service"),
        (
            {
                "status": TurnStatus.OK,
                "reply_status": "incomplete",
                "reply_reason": "max_output_tokens",
            },
            "cut short by the service: max_output_tokens",
        ),
    ],
)
def test_the_words_tell_what_the_status_leaves_out(fields: dict[str, Any], words: str) -> None:
    assert ended_words(TurnRecord(turn_id=1, **fields)) == words
