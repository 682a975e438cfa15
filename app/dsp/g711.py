"""G.711 mu-law and A-law at 8 kHz, table based.

Source: ITU-T Recommendation G.711 (11/88), tables 1 and 2; the arithmetic is that of the
segment search in ITU-T G.191 (Software Tool Library).
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples

G711_RATE_HZ: Final = 8_000
ULAW_SILENCE: Final = 0xFF
"""The mu-law octet of a zero sample."""
ALAW_SILENCE: Final = 0xD5
"""The A-law octet of the smallest positive sample; A-law has no zero."""

_ULAW_BIAS = 0x84
_ULAW_CLIP = 32_635
_ALAW_MASK = 0x55
_SIGN = 0x80
_MANTISSA = 0x0F


def _ulaw_sample(octet: int) -> int:
    code = ~octet & 0xFF
    magnitude = (((code & _MANTISSA) << 3) + _ULAW_BIAS) << ((code >> 4) & 7)
    return (_ULAW_BIAS - magnitude) if code & _SIGN else (magnitude - _ULAW_BIAS)


def _alaw_sample(octet: int) -> int:
    code = octet ^ _ALAW_MASK
    segment = (code >> 4) & 7
    magnitude = ((code & _MANTISSA) << 4) + 8
    if segment:
        magnitude = (magnitude + 0x100) << (segment - 1)
    return magnitude if code & _SIGN else -magnitude


def _ulaw_octet(sample: int) -> int:
    sign = _SIGN if sample < 0 else 0
    magnitude = min(abs(sample), _ULAW_CLIP) + _ULAW_BIAS
    segment = magnitude.bit_length() - 8
    return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & _MANTISSA)) & 0xFF


def _alaw_octet(sample: int) -> int:
    sign = _SIGN if sample >= 0 else 0
    magnitude = sample if sample >= 0 else ~sample  # A-law folds -1 onto 0: 13-bit one's complement
    segment = max(magnitude.bit_length() - 8, 0)
    return (sign | (segment << 4) | ((magnitude >> max(segment + 3, 4)) & _MANTISSA)) ^ _ALAW_MASK


@cache
def _decoding(law: Callable[[int], int]) -> Samples:
    return np.array([law(octet) for octet in range(256)], dtype=np.int16)


@cache
def _encoding(law: Callable[[int], int]) -> NDArray[np.uint8]:
    """Return the octet of each sample, indexed by its two's complement.

    Made when it is first needed: it takes 80 ms, and few sessions speak G.711.
    """
    by_bits = np.arange(0x10000, dtype=np.uint16).view(np.int16)
    return np.fromiter((law(int(sample)) for sample in by_bits), dtype=np.uint8, count=0x10000)


def ulaw_decode(octets: bytes) -> Samples:
    """Return one sample per octet."""
    return _decoding(_ulaw_sample)[np.frombuffer(octets, dtype=np.uint8)]


def ulaw_encode(samples: Samples) -> bytes:
    """Return one mu-law octet per sample; magnitudes above 32635 are clipped."""
    return _encoding(_ulaw_octet)[samples.view(np.uint16)].tobytes()


def alaw_decode(octets: bytes) -> Samples:
    """Return one sample per octet."""
    return _decoding(_alaw_sample)[np.frombuffer(octets, dtype=np.uint8)]


def alaw_encode(samples: Samples) -> bytes:
    """Return one A-law octet per sample."""
    return _encoding(_alaw_octet)[samples.view(np.uint16)].tobytes()
