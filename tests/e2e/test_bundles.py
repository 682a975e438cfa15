"""A session held here, bundled, and taken in at another home: the same figures, bit for bit."""

from pathlib import Path

from app.metrics.summary import summarise
from tests.support.bundles import contents, stored
from tests.support.program import QUICK, run, spoken


def test_a_bundle_of_one_home_gives_the_same_figures_at_another(tmp_path: Path) -> None:
    here, bundle = tmp_path / "here", tmp_path / "talk.vivavoce"
    said = f"--input={spoken(tmp_path / 'made.wav', span_ms=317.0)}"

    talked = run(here, "talk", "--model", "simulator", "--json", *QUICK, said)
    made = run(here, "export", "latest", "--format", "bundle", "-o", str(bundle), "--json")
    taken = run(tmp_path / "there", "sessions", "import", str(bundle), "--json")

    assert (talked.code, made.code, taken.code) == (0, 0, 0), made.err + taken.err
    there = tmp_path / "there" / "sessions" / talked.folder.name
    assert taken.rows[-1]["added"] == [talked.folder.name]
    assert contents(there) == contents(talked.folder)
    (before,), (after,) = stored(talked.folder), stored(there)
    assert summarise(after.turns) == summarise(before.turns)
