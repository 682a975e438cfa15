"""Begins a reply while the speaker pauses, so that it is under way when the turn ends.

The words are known 128 ms after the last sound and the turn ends after 200 ms or more; a
language model uses that time for reading the conversation and the first words of its answer.
"""

from collections.abc import Callable

from app.localengine.pipeline import Words
from app.localengine.ports import ExpectReply, ReplyRequest

_MOST_BEGUN = 4


class Foresight:
    """Replies that were begun on suspicion: four at most, the oldest is dropped first.

    All calls on the loop.

    Args:
        begin: Starts a language model on a request; None where a skill will answer it.
    """

    def __init__(self, begin: Callable[[ReplyRequest], Words | None]) -> None:
        self._begin = begin
        self._begun: list[tuple[ReplyRequest, Words]] = []

    def watch(self, expected: ExpectReply) -> Callable[[str | None], None]:
        """Return what an utterance tells its guesses to."""
        mine: Words | None = None

        def on_guess(text: str | None) -> None:
            nonlocal mine
            self._drop(mine)
            request = expected(text) if text else None
            mine = None if request is None else self._start(request)

        return on_guess

    def take(self, request: ReplyRequest) -> Words | None:
        """Return the words that were begun for just this request, if any."""
        for begun, words in self._begun:
            if _same(begun, request):
                self._begun.remove((begun, words))
                return words
        return None

    def close(self) -> None:
        """Drop everything."""
        while self._begun:
            self._drop(self._begun[0][1])

    def _start(self, request: ReplyRequest) -> Words | None:
        words = self._begin(request)
        if words is not None:
            self._begun.append((request, words))
            if len(self._begun) > _MOST_BEGUN:
                self._drop(self._begun[0][1])
        return words

    def _drop(self, words: Words | None) -> None:
        for row in self._begun:
            if row[1] is words:
                row[1].stop()
                self._begun.remove(row)
                return


def _same(one: ReplyRequest, other: ReplyRequest) -> bool:
    """Say whether the language model would be asked the same."""
    return (
        list(one.messages) == list(other.messages)
        and one.instructions == other.instructions
        and one.max_output_tokens == other.max_output_tokens
    )
