"""Moonshine tiny (English) by onnxruntime: raw 16 kHz audio in, words out.

Source: Jeffries et al. (2024), "Moonshine: Speech Recognition for Live Transcription and Voice
Commands"; six decoder layers of eight heads, at most 6.5 tokens a second.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.core.errors import WeightsError
from app.localengine.ports import LISTENING_RATE_HZ, Waveform
from app.localengine.stages.networks import open_network

_START, _STOP = 1, 2
_TOKENS_PER_S = 6.5
_EXTRA_TOKENS = 3
_SHORTEST_SAMPLES = 1_600
_HEADS, _HEAD_SIZE = 8, 36
_WORD_MARK = "\u2581"


class Moonshine:
    """A ``Recognizer``. One thread at a time.

    Args:
        encoder: The network from audio to states.
        decoder: The network from states to tokens.
        tokenizer: Length-prefixed byte strings, one per token.

    Raises:
        WeightsError: If a file is not what it must be.
    """

    def __init__(self, encoder: Path, decoder: Path, tokenizer: Path) -> None:
        self._encoder = open_network(encoder)
        self._decoder = open_network(decoder)
        self._pieces = read_tokenizer(tokenizer.read_bytes())
        inputs = [node.name for node in self._decoder.get_inputs()]
        self._past_names = [name for name in inputs if name.startswith("past_key_values")]
        outputs = [node.name for node in self._decoder.get_outputs()]
        self._present_names = [n.replace("present", "past_key_values") for n in outputs[1:]]

    def transcribe(self, audio: Waveform) -> str:
        """Return the words of 16 kHz ``audio``; "" where it is shorter than 0.1 s."""
        if len(audio) < _SHORTEST_SAMPLES:
            return ""
        samples = np.ascontiguousarray(audio, dtype=np.float32)[None]
        mask = np.ones(samples.shape, dtype=np.int64)
        feeds = {"input_values": samples, "attention_mask": mask}
        states = self._encoder.run(None, feeds)[0]
        most = int(len(audio) / LISTENING_RATE_HZ * _TOKENS_PER_S) + _EXTRA_TOKENS
        return self._words(self._decode(states, mask, most))

    def _decode(self, states: NDArray[np.float32], mask: NDArray[np.int64], most: int) -> list[int]:
        empty = np.zeros((1, _HEADS, 0, _HEAD_SIZE), dtype=np.float32)
        past = dict.fromkeys(self._past_names, empty)
        token, tokens = _START, list[int]()
        for step in range(most):
            feeds = {
                "input_ids": np.array([[token]], dtype=np.int64),
                "encoder_hidden_states": states,
                "encoder_attention_mask": mask,
                "use_cache_branch": np.array([step > 0]),
            }
            logits, *present = self._decoder.run(None, feeds | past)
            token = int(logits[0, -1].argmax())
            if token == _STOP:
                break
            tokens.append(token)
            for name, value in zip(self._present_names, present, strict=True):
                # The cached branch returns empty encoder keys: those of the first step stay.
                if step == 0 or ".encoder." not in name:
                    past[name] = value
        return tokens

    def _words(self, tokens: list[int]) -> str:
        pieces = (self._pieces[token] for token in tokens if token < len(self._pieces))
        text = b"".join(piece for piece in pieces if not piece.startswith(b"<"))
        return text.decode("utf-8", errors="ignore").replace(_WORD_MARK, " ").strip()


def read_tokenizer(data: bytes) -> list[bytes]:
    """Split length-prefixed strings: a length below 128 takes one byte, above it two.

    Raises:
        WeightsError: If the data ends inside a string.
    """
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:  # noqa: PLR2004 - the high bit says that a second byte follows
            if at == len(data):
                raise WeightsError("the recogniser's tokenizer is damaged")
            length = data[at] * 128 + length - 128
            at += 1
        if at + length > len(data):
            raise WeightsError("the recogniser's tokenizer is damaged")
        pieces.append(data[at : at + length])
        at += length
    return pieces
