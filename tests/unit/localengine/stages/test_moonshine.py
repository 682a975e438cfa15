import pytest

from app.core.errors import WeightsError
from app.localengine.stages.moonshine import read_tokenizer


def test_pieces_are_split_by_their_lengths() -> None:
    long = b"x" * 300
    data = b"\x03abc" + b"\x00" + bytes([128 + 300 % 128, 300 // 128]) + long

    assert read_tokenizer(data) == [b"abc", b"", long]


@pytest.mark.parametrize("data", [b"\x05ab", b"\x80"], ids=["short piece", "half a length"])
def test_data_that_ends_inside_a_piece_is_damaged(data: bytes) -> None:
    with pytest.raises(WeightsError, match="tokenizer is damaged"):
        read_tokenizer(data)
