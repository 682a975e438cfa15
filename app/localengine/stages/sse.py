"""Server-sent events out of bytes, as chat endpoints stream them."""

import codecs
from collections.abc import Iterator

LONGEST_EVENT = 1_000_000


class EventStream:
    """Collects the data of events, however the bytes are cut.

    Comments and other fields are passed over; lines end with LF or CRLF; a last event without
    its blank line counts.

    Source: WHATWG HTML, section 9.2.6, "Interpreting an event stream".
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = ""
        self._data: list[str] = []
        self._size = 0

    def push(self, data: bytes) -> Iterator[str]:
        """Take more bytes; yield the data of each event that is complete.

        Raises:
            ValueError: If one event is longer than a million characters.
        """
        self._text += self._decoder.decode(data)
        *lines, self._text = self._text.split("\n")
        for line in lines:
            yield from self._line(line.removesuffix("\r"))
        self._check(len(self._text))

    def flush(self) -> Iterator[str]:
        """Yield the data of an event that the end of the stream has cut short."""
        yield from self._line(self._text.removesuffix("\r"))
        yield from self._line("")

    def _line(self, line: str) -> Iterator[str]:
        if not line:
            if self._data:
                yield "\n".join(self._data)
            self._data, self._size = [], 0
            return
        name, _, value = line.partition(":")
        if name == "data":
            self._check(len(value))
            self._size += len(value)
            self._data.append(value.removeprefix(" "))

    def _check(self, more: int) -> None:
        if self._size + more > LONGEST_EVENT:
            raise ValueError("an event of the stream is too long")
