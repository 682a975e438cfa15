"""Loop lag, meters and envelopes."""

import asyncio

import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.records import TurnRecord, TurnStatus
from app.session.messages import ClientDelayReport
from app.session.monitor import ClientDelays, Envelopes, LoopLag, Meters
from tests.support.clocks import ManualClock, run_virtual
from tests.support.session import LoopClock, tone

T0 = Nanoseconds(1_000_000_000)


def at(ms: float) -> Nanoseconds:
    return Nanoseconds(T0 + round(ms * 1e6))


def test_a_loop_that_wakes_on_time_has_no_lag() -> None:
    async def run() -> float | None:
        lag = LoopLag(LoopClock())
        task = asyncio.create_task(lag.run())
        await asyncio.sleep(1)
        task.cancel()
        return lag.p99_ms

    assert run_virtual(run()) == pytest.approx(0, abs=1e-3)


class Late(ManualClock):
    """Each look takes 80 ms, so that each period of 50 ms is 30 ms late."""

    def now_ns(self) -> Nanoseconds:
        self.advance_ms(80)
        return super().now_ns()


def test_a_late_wake_is_the_lag_of_the_turns_that_it_fell_into() -> None:
    async def run() -> list[float | None]:
        lag = LoopLag(Late())
        task = asyncio.create_task(lag.run())
        await asyncio.sleep(0.2)
        task.cancel()
        begun = [Nanoseconds(0), Nanoseconds(300_000_000), Nanoseconds(10_000_000_000)]
        return [*(lag.p99_since_ms(each) for each in begun), lag.p99_ms]

    whole, half, later, minute = run_virtual(run())
    assert whole == pytest.approx(30)
    assert half == pytest.approx(30)
    assert later is None
    assert minute == pytest.approx(30)


def test_meters_tell_the_levels_since_the_last_reading() -> None:
    meters = Meters()
    assert meters.take() is None

    meters.add_input(tone(20, level=0.5))
    meters.add_output(np.zeros(480, np.int16))
    report = meters.take()

    assert report is not None
    assert report.input_peak_dbfs == pytest.approx(-6.0, abs=0.1)
    assert report.output_peak_dbfs is None
    assert meters.take() is None


def test_an_envelope_tells_each_step_once() -> None:
    envelopes = Envelopes(T0)
    envelopes.add_user(at(0), tone(40, level=0.5))
    envelopes.add_model(at(20), tone(20, level=0.25))
    assert envelopes.take(at(100)) is None

    report = envelopes.take(at(300))

    assert report is not None
    assert report.start_ms == 0.0
    assert len(report.user) == len(report.model) == 5
    assert report.user[:3] == pytest.approx((0.5, 0.5, 0.0), abs=0.01)
    assert report.model[:3] == pytest.approx((0.0, 0.25, 0.0), abs=0.01)
    assert envelopes.take(at(310)) is None


def test_audio_that_comes_too_late_for_its_step_is_not_told() -> None:
    envelopes = Envelopes(T0)
    envelopes.take(at(400))

    envelopes.add_user(at(0), tone(20))
    report = envelopes.take(at(500))

    assert report is not None
    assert max(report.user) == 0.0


def added(value: float) -> TurnRecord:
    return TurnRecord(
        turn_id=1,
        status=TurnStatus.OK,
        client_added_ms=value,
        tx_quantisation_ms=value / 2,
        tx_lateness_ms=1.0,
        jitter_buffer_ms=10.0,
        playout_rest_ms=5.0,
    )


def test_client_delays_without_a_turn_are_unknown() -> None:
    delays = ClientDelays()

    delays.add(TurnRecord(turn_id=1, status=TurnStatus.TIMEOUT))

    assert delays.p95_ms is None
    assert delays.report is None


def test_client_delays_are_told_with_the_newest_turns_parts() -> None:
    delays = ClientDelays()
    for value in range(1, 101):
        delays.add(added(float(value)))
    delays.add(TurnRecord(turn_id=1, status=TurnStatus.TIMEOUT))

    assert delays.report is not None
    assert delays.report.p95_ms == delays.p95_ms == pytest.approx(95, abs=1.1)
    assert delays.report.p50_ms == pytest.approx(50, abs=1.1)
    assert delays.report == ClientDelayReport(
        p50_ms=delays.report.p50_ms,
        p95_ms=delays.report.p95_ms,
        quantisation_ms=50.0,
        sending_ms=1.0,
        buffer_ms=10.0,
        playing_ms=5.0,
    )
