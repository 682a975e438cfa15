import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.dsp import g711

OCTETS = bytes(range(256))


@pytest.mark.parametrize(
    ("octet", "sample"),
    [(0x00, -32124), (0x80, 32124), (0xFF, 0), (0x7F, 0), (0xFE, 8), (0x7E, -8), (0x8F, 16764)],
)
def test_mu_law_decodes_as_table_2_of_the_recommendation(octet: int, sample: int) -> None:
    assert g711.ulaw_decode(bytes([octet])).tolist() == [sample]


@pytest.mark.parametrize(
    ("octet", "sample"),
    [(0xD5, 8), (0x55, -8), (0xAA, 32256), (0x2A, -32256), (0xD4, 24), (0x80, 5504)],
)
def test_a_law_decodes_as_table_1_of_the_recommendation(octet: int, sample: int) -> None:
    assert g711.alaw_decode(bytes([octet])).tolist() == [sample]


@pytest.mark.parametrize(
    ("sample", "ulaw", "alaw"),
    [
        (0, 0xFF, 0xD5),
        (-1, 0x7F, 0x55),
        (1000, 0xCE, 0xFA),
        (-1000, 0x4E, 0x7A),
        (32767, 0x80, 0xAA),
        (-32768, 0x00, 0x2A),
    ],
)
def test_known_samples_have_their_octets(sample: int, ulaw: int, alaw: int) -> None:
    block = np.array([sample], np.int16)

    assert g711.ulaw_encode(block) == bytes([ulaw])
    assert g711.alaw_encode(block) == bytes([alaw])


def test_every_octet_survives_but_the_negative_zero_of_mu_law() -> None:
    assert g711.alaw_encode(g711.alaw_decode(OCTETS)) == OCTETS
    assert g711.ulaw_encode(g711.ulaw_decode(OCTETS)) == OCTETS.replace(b"\x7f", b"\xff")


def test_silence_octets_are_those_of_zero() -> None:
    zero = np.zeros(1, np.int16)

    assert g711.ulaw_encode(zero) == bytes([g711.ULAW_SILENCE])
    assert g711.alaw_encode(zero) == bytes([g711.ALAW_SILENCE])


@given(st.integers(-32768, 32767))
def test_the_error_is_at_most_half_a_step(sample: int) -> None:
    block = np.array([sample], np.int16)

    ulaw_error = abs(int(g711.ulaw_decode(g711.ulaw_encode(block))[0]) - sample)
    alaw_error = abs(int(g711.alaw_decode(g711.alaw_encode(block))[0]) - sample)

    assert ulaw_error <= max(abs(sample) / 32 + 4.2, abs(sample) - 32124)
    assert alaw_error <= max(abs(sample) / 32 + 8, abs(sample) - 32256)


def test_no_octets_are_no_samples() -> None:
    assert g711.ulaw_decode(b"").tolist() == []
    assert g711.alaw_encode(np.zeros(0, np.int16)) == b""
