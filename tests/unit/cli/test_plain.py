import json

import pytest

from app.cli.plain import json_line, plain, told
from app.core.errors import AppError

HOSTILE = "a\x1b[2J\r\n\x9b\u202e\u2028\ud800\U000e0001é…語"


def test_nothing_that_steers_a_terminal_is_left() -> None:
    assert plain(HOSTILE) == "a [2J       é…語"
    assert plain("as it is") == "as it is"


def test_an_error_is_one_line_with_its_remedy() -> None:
    assert told(AppError("Bad \x1b.", hint="Try \n this.")) == "Bad  . Try   this."
    assert told(AppError("Bad.")) == "Bad."


def test_json_loses_nothing_and_steers_nothing() -> None:
    line = json_line({"said": HOSTILE, HOSTILE: [1, None]})

    assert line.isprintable()
    assert "é…語" in line
    assert json.loads(line) == {"said": HOSTILE, HOSTILE: [1, None]}


def test_what_is_no_number_of_json_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line({"value": float("nan")})
