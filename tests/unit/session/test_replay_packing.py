"""Reports as bytes are the same reports again; what is none is noticed."""

import pytest
from hypothesis import given, strategies as st

from app.core.records import TurnRecord
from app.session.messages import EngineReport, HealthReport, TurnReport
from app.session.replay_packing import DAMAGE, Packer
from tests.support.audio import write_wav
from tests.support.replaying import record_session
from tests.support.session import EnergyVad, tone


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[EngineReport]:
    root = tmp_path_factory.mktemp("told")
    paths = [write_wav(root / f"{name}.wav", tone(400)) for name in "ab"]
    react = EnergyVad(ms=1500, words="Hello there, my friend.")
    told = record_session(root / "s1", *paths, react=react, cues_ms=(None, 400.0))
    return [report for _, report in told if not isinstance(report, HealthReport)]


def turns_of(reports: list[EngineReport]) -> dict[int, TurnRecord]:
    return {each.record.turn_id: each.record for each in reports if isinstance(each, TurnReport)}


def test_a_session_comes_again_in_its_order(reports: list[EngineReport]) -> None:
    packer = Packer(turns_of(reports))

    assert len(reports) > 50
    assert list(packer.unpack(packer.pack(reports))) == reports
    assert list(packer.unpack(packer.pack(()))) == []


def test_a_turn_that_is_unknown_is_noticed(reports: list[EngineReport]) -> None:
    data = Packer(turns_of(reports)).pack(reports)

    with pytest.raises(DAMAGE):
        Packer({}).unpack(data)


def test_lists_that_do_not_fit_their_order_are_noticed() -> None:
    packer = Packer({})
    data = packer.pack(())

    with pytest.raises(DAMAGE):
        packer.unpack(data.replace(b"\xc4\x00", b"\xc4\x01\x00"))
    with pytest.raises(DAMAGE):
        packer.unpack(data.replace(b"\xc4\x00", b"\xc4\x01\xff"))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_reports_are_noticed(data: bytes) -> None:
    packer = Packer({})
    try:
        found = packer.unpack(data)
    except DAMAGE:
        return

    assert list(found) == []
