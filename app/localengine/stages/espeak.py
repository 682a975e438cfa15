"""espeak-ng as a separate shared library: text to phonemes, for the voices that need them.

The library keeps its state in globals and is not thread-safe: one lock guards every call.
Licence of the library: GPL-3.0-or-later; nothing of it is linked or copied here.
"""

import ctypes
import re
import threading
import unicodedata

import espeakng_loader

from app.core.errors import EngineError

LONGEST_TEXT = 1_000
_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_PHONEMES_IPA = 2
_PUNCTUATION = ",.;:!?"
_CLAUSE = re.compile(rf"(.+?)([{_PUNCTUATION}]+(?=\s|$)|$)")
_TIME = re.compile(r"\b(\d{1,2}):([0-5]\d)\b")


class Phonemizer:
    """Turns text into IPA phonemes with the punctuation kept. Any thread.

    Raises:
        EngineError: If the library cannot be started.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._language = ""
        try:
            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as exc:
            raise EngineError(
                "espeak-ng cannot be loaded", hint="Install the program again."
            ) from exc
        data = espeakng_loader.get_data_path().encode()
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        if self._library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, data, 0) <= 0:
            raise EngineError("espeak-ng did not start", hint="Install the program again.")

    def phonemes(self, text: str, language: str) -> str:
        """Return the phonemes of ``text`` (its first 1,000 characters), "" where it has none.

        ``language`` is espeak-ng's, e.g. "en-us"; an unknown one falls back to English.
        """
        found = _CLAUSE.findall(_TIME.sub(_say_time, speakable(text)))
        clauses = [(words, marks) for words, marks in found if any(map(str.isalnum, words))]
        with self._lock:
            self._choose(language)
            spoken = [(self._clause(words), marks[:1]) for words, marks in clauses]
        return " ".join(sounds + mark for sounds, mark in spoken if sounds)

    def _choose(self, language: str) -> None:
        if language == self._language:
            return
        if self._library.espeak_SetVoiceByName(language.encode()) != 0:
            self._library.espeak_SetVoiceByName(b"en-us")
        self._language = language

    def _clause(self, words: str) -> str:
        left = ctypes.c_char_p(words.strip().encode())
        sounds: list[str] = []
        while left.value:
            said = self._library.espeak_TextToPhonemes(
                ctypes.byref(left), _CHARS_UTF8, _PHONEMES_IPA
            )
            sounds.append((said or b"").decode("utf-8", errors="ignore"))
        return " ".join(sounds).strip()


def _say_time(found: re.Match[str]) -> str:
    """Return how a time of day is said: "2:00", "2:05" and "2:15" differ."""
    hour, minute = found[1], int(found[2])
    if minute == 0:
        return f"{hour} o'clock"
    return f"{hour} oh {minute}" if minute < 10 else f"{hour} {minute}"  # noqa: PLR2004


def speakable(text: str) -> str:
    """Return what of ``text`` can be said: bounded, on one line, without symbols nobody reads.

    Control, format, private and unassigned characters and pictographs become spaces, and so do
    brackets and markup; letters, digits, punctuation and currency signs stay.
    """
    kept = (char if _is_speakable(char) else " " for char in text[:LONGEST_TEXT])
    return " ".join("".join(kept).split())


def _is_speakable(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LMN" or (
        category in {"Po", "Pd", "Sc", "Sm", "Zs"} and char not in "*#_\\"
    )
