"""The rows of the library as far as they are known, fetched in blocks as they are looked at."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from app.core.library import LibraryPage, LibraryRow
from app.core.observe import Signal
from app.session.messages import LibraryReport, QueryLibrary
from app.ui.vm.library_filters import Wish

BLOCK: Final = 100
MAX_BLOCKS: Final = 1_000
AHEAD: Final = 40
"""A block is fetched when one looks at a row so near to it: more than a window shows."""
AT_ONCE: Final = 2
EMPTY: Final = LibraryPage(rows=(), total=0)


class LibraryPages:
    """Asks for blocks of ``BLOCK`` rows; an answer to an older wish is dropped and counted.

    What was shown stays until the first answer to a new wish is there, so that nothing
    flickers. What lies above and below is fetched before it is looked at. At most ``AT_ONCE``
    questions are open, and ``most`` blocks are kept.

    Attributes:
        page: The newest answer, for its sums and facets; None before the first.
        late_n: Answers that came too late.

    Signals:
        reset: Other rows are shown, or another number of them.
        told: Rows of this range, its end exclusive, are known now.
    """

    def __init__(
        self,
        ask: Callable[[QueryLibrary], None],
        root: Callable[[], str | None],
        *,
        most: int = MAX_BLOCKS,
    ) -> None:
        self.reset = Signal[()]()
        self.told = Signal[int, int]()
        self.page: LibraryPage | None = None
        self.wish = Wish()
        self.late_n = 0
        self._ask = ask
        self._root = root
        self._most = most
        self._blocks: dict[int, tuple[LibraryRow, ...]] = {}
        self._ticket = 0
        self._asked: dict[int, int] = {}
        self._open: set[int] = set()
        self._wanted: list[int] = []
        self._fresh = False
        self._looked_at = 0

    @property
    def total(self) -> int:
        """How many rows there are."""
        return 0 if self.page is None else self.page.total

    @property
    def settled(self) -> bool:
        """Whether what is shown is what was asked for last."""
        return self._fresh and self.page is not None

    def row(self, index: int) -> LibraryRow | None:
        """Return a row; None asks for it, and ``told`` follows."""
        block, place = divmod(index, BLOCK)
        self._looked_at = block
        rows = self._blocks.get(block)
        if rows is None:
            self.need(block)
            return None
        if not AHEAD <= place < BLOCK - AHEAD:
            self._expect(block - 1 if place < AHEAD else block + 1)
        return rows[place] if place < len(rows) else None

    def known(self) -> Iterable[tuple[int, LibraryRow]]:
        """Return every row that is there, with its place."""
        for block, rows in self._blocks.items():
            yield from enumerate(rows, block * BLOCK)

    def find(self, key: str) -> int | None:
        """Return the place of a session among the rows that are there."""
        return next((index for index, row in self.known() if row.key == key), None)

    def show(self, wish: Wish, *, refresh: bool = False) -> None:
        """Show what ``wish`` asks for from now on, from its beginning."""
        if wish != self.wish:
            self._looked_at = 0
        self.wish = wish
        self.again(refresh=refresh)

    def again(self, *, refresh: bool = False) -> None:
        """Ask anew for what is looked at; ``refresh`` has the folders read, too."""
        self._forget_questions()
        self._fresh = False
        self._send(self._looked_at, refresh=refresh)

    def lost(self) -> None:
        """Nobody will answer what is open."""
        self._forget_questions()

    def _forget_questions(self) -> None:
        self._asked.clear()
        self._open.clear()
        self._wanted.clear()

    def need(self, block: int) -> None:
        """Have a block fetched, before those that were asked for earlier."""
        there = block in self._blocks or block in self._open_blocks
        if not self._fresh or there or not 0 <= block * BLOCK < self.total:
            return
        if block in self._wanted:
            self._wanted.remove(block)
        self._wanted.insert(0, block)
        self._go_on()

    def _expect(self, block: int) -> None:
        """Have a block fetched that may be looked at next, after those that are looked at."""
        if block in self._blocks or self._wanted or block in self._open_blocks:
            return
        if self._fresh and 0 <= block * BLOCK < self.total:
            self._wanted.append(block)
            self._go_on()

    @property
    def _open_blocks(self) -> set[int]:
        return {self._asked[ticket] for ticket in self._open}

    def _go_on(self) -> None:
        while self._wanted and len(self._open) < AT_ONCE:
            self._send(self._wanted.pop(0))

    def _send(self, block: int, *, refresh: bool = False) -> None:
        self._ticket += 1
        self._asked[self._ticket] = block
        self._open.add(self._ticket)
        query = self.wish.query(block * BLOCK, BLOCK)
        self._ask(
            QueryLibrary(query=query, ticket=self._ticket, root=self._root(), refresh=refresh)
        )

    def take(self, report: LibraryReport) -> None:
        """Show an answer, unless something else was asked for since."""
        block = self._asked.get(report.ticket)
        if block is None:
            self.late_n += 1
            return
        again = report.ticket not in self._open
        self._open.discard(report.ticket)
        page, before = report.page, self.page
        self.page = page
        if again or not self._fresh or before is None or before.total != page.total:
            self._begin(block, page)
        else:
            self._keep(block, page.rows)
            self.told.emit(block * BLOCK, block * BLOCK + len(page.rows))
        self._go_on()

    def _begin(self, block: int, page: LibraryPage) -> None:
        """Show other rows: those of before are void."""
        self._fresh = True
        self._blocks.clear()
        beyond = block and block * BLOCK >= page.total
        if not beyond:
            self._keep(block, page.rows)
        self.reset.emit()

    def _keep(self, block: int, rows: tuple[LibraryRow, ...]) -> None:
        while len(self._blocks) >= self._most:
            del self._blocks[next(iter(self._blocks))]
        self._blocks[block] = rows

    def change(self, keys: Iterable[str], edit: Callable[[LibraryRow], LibraryRow]) -> None:
        """Show rows as they will be once the engine has done what it was asked."""
        wanted = set(keys)
        changed = {
            block: tuple(edit(row) if row.key in wanted else row for row in rows)
            for block, rows in self._blocks.items()
            if any(row.key in wanted for row in rows)
        }
        if changed:
            self._blocks |= changed
            last = max(changed)
            self.told.emit(min(changed) * BLOCK, last * BLOCK + len(changed[last]))

    def remove(self, keys: Iterable[str]) -> None:
        """Take rows away at once; the next answer has the sums."""
        wanted = set(keys)
        if self.page is None:
            return
        there = dict(sorted(self._blocks.items()))
        first = min(
            (block for block, rows in there.items() if any(row.key in wanted for row in rows)),
            default=None,
        )
        if first is None:
            return
        kept = tuple(row for row in there[first] if row.key not in wanted)
        gone = sum(row.key in wanted for rows in there.values() for row in rows)
        self._blocks = {block: rows for block, rows in there.items() if block < first}
        self._blocks[first] = kept
        self.page = replace(self.page, total=max(self.page.total - gone, 0))
        self.reset.emit()
