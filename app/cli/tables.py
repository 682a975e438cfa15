"""Tables in a terminal."""

from collections.abc import Iterator, Sequence


def table_lines(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int
) -> Iterator[str]:
    """Give the lines of a table whose first ``texts`` columns are words, the others numbers."""
    cells = [headings, *rows]
    widths = [max(len(line[at]) for line in cells) for at in range(len(headings))]
    for line in cells:
        words = (
            text.ljust(width) if at < texts else text.rjust(width)
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(words).rstrip()
