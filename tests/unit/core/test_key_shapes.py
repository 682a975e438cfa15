import pytest

from app.core.key_shapes import REDACTED, without_keys


@pytest.mark.parametrize(
    "text", ["key sk-proj-a1B2c3D4e5F6.", "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc"]
)
def test_what_has_the_shape_of_a_key_goes(text: str) -> None:
    told = without_keys(text)

    assert REDACTED in told
    assert "a1B2" not in told
    assert "eyJ" not in told


def test_other_words_stay_and_a_second_time_changes_nothing() -> None:
    told = without_keys("a task-oriented sk-8 with sk-proj-a1B2c3D4e5F6")

    assert told == f"a task-oriented sk-8 with {REDACTED}"
    assert without_keys(told) == told
