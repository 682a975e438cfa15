"""The rules of the library: tried, applied, remembered."""

import pytest

from app.core.library import Retention
from app.session.messages import LibraryChanged, LibraryDeed
from app.ui.vm.library_rules import RulesViewModel
from tests.unit.ui.vm.test_library import Bench

RULE = Retention(older_than_days=90)


@pytest.fixture
def bench() -> Bench:
    made = Bench(5)
    made.vm.open()
    return made


def test_rules_are_tried_before_they_can_be_applied(bench: Bench) -> None:
    rules = RulesViewModel(bench.vm)
    rules.write(RULE)
    before = rules.ready

    rules.preview()

    assert (before, rules.ready) == (False, True)
    assert (bench.changes[-1].deed, bench.changes[-1].dry) == (LibraryDeed.RETAIN, True)
    assert bench.changes[-1].retention == RULE
    assert rules.words == "2 sessions would be moved to the trash."
    assert len(rules.names) == 2
    assert bench.vm.pages.total == 5


def test_other_rules_have_to_be_tried_anew(bench: Bench) -> None:
    rules = RulesViewModel(bench.vm)
    rules.preview()
    rules.write(rules.draft)
    same = rules.ready

    rules.write(RULE)

    assert (same, rules.ready, rules.words, rules.names) == (True, False, "", ())


def test_applying_remembers_and_can_be_undone(bench: Bench) -> None:
    rules = RulesViewModel(bench.vm)
    rules.write(RULE)
    rules.by_itself = True
    rules.preview()

    rules.apply()

    assert not bench.changes[-1].dry
    assert (bench.kept[-1].retention, bench.kept[-1].by_itself) == (RULE, True)
    assert rules.words == "2 sessions moved to the trash."
    assert bench.vm.told is not None
    assert len(bench.vm.told.undo) == 2


def test_nothing_to_do_and_problems_are_said(bench: Bench) -> None:
    rules = RulesViewModel(bench.vm)

    bench.vm.take_changed(
        LibraryChanged(deed=LibraryDeed.RETAIN, dry=True, problems=("Read\x00-only.",))
    )
    bench.vm.take_changed(LibraryChanged(deed=LibraryDeed.TRASH, keys=("a",)))

    assert rules.words == ("Nothing would be moved to the trash. Read\N{SYMBOL FOR NULL}-only.")
    rules.leave()
    bench.vm.take_changed(LibraryChanged(deed=LibraryDeed.RETAIN, dry=True, keys=("a",)))
    assert rules.names == ()
