"""What the window says of its connection."""

from dataclasses import replace

from app.core.records import ConnectTiming
from app.session.messages import HealthReport, SessionReport
from app.ui.vm.connection import MOST_PINGS, ConnectionViewModel
from tests.support.reports import session

TIMING = ConnectTiming(
    dns_ms=10.0,
    tcp_ms=20.0,
    tls_ms=30.0,
    upgrade_ms=25.0,
    created_ms=10.0,
    ready_ms=5.0,
    address="192.0.2.7",
    tls_version="TLSv1.3",
    server="edge\n\N{RIGHT-TO-LEFT OVERRIDE}x",
)


def connected(timing: ConnectTiming | None) -> ConnectionViewModel:
    vm = ConnectionViewModel()
    report = session()
    vm.take_session(
        SessionReport(record=replace(report.record, connect=timing), folder=report.folder)
    )
    return vm


def ping(vm: ConnectionViewModel, *rtts_ms: float | None) -> None:
    for rtt_ms in rtts_ms:
        vm.take_health(HealthReport(elapsed_s=1.0, rtt_ms=rtt_ms))


def test_stages_follow_each_other_and_fill_the_whole() -> None:
    stages = connected(TIMING).stages

    assert [stage.start for stage in stages] == [0.0, 0.1, 0.3, 0.6, 0.85, 0.95]
    assert [stage.share for stage in stages] == [0.1, 0.2, 0.3, 0.25, 0.1, 0.05]
    assert all(stage.known for stage in stages)


def test_a_stage_that_was_not_there_is_a_dash_and_takes_no_room() -> None:
    stages = connected(replace(TIMING, tls_ms=None, dns_ms=None)).stages

    unknown = [stage for stage in stages if not stage.known]
    assert [(stage.name, stage.share, stage.text) for stage in unknown] == [
        ("Name look-up", 0.0, "\N{EN DASH}"),
        ("TLS", 0.0, "\N{EN DASH}"),
    ]
    assert sum(stage.share for stage in stages) == 1.0


def test_before_a_connection_it_says_so() -> None:
    for vm in (ConnectionViewModel(), connected(None), connected(ConnectTiming())):
        assert vm.stages == ()
        assert vm.title == "No connection yet"
    assert "Start a session" in ConnectionViewModel().explanation


def test_an_instant_connection_divides_by_nothing() -> None:
    assert [stage.share for stage in connected(ConnectTiming(tcp_ms=0.0)).stages] == [0.0] * 6


def test_cold_and_warm_are_told_apart_in_words() -> None:
    cold, warm = connected(TIMING), connected(replace(TIMING, cold=False))

    assert cold.title.endswith("cold")
    assert warm.title.endswith("warm")
    assert cold.explanation.startswith("Cold:")
    assert warm.explanation.startswith("Warm:")


def test_a_servers_words_are_one_harmless_line() -> None:
    assert dict(connected(TIMING).facts)["Server"] == "edge x"


def test_without_tls_the_encryption_is_none_and_behind_a_proxy_it_is_not_claimed() -> None:
    assert dict(connected(replace(TIMING, tls_version=None)).facts)["Encryption"] == "none"
    behind = connected(replace(TIMING, tls_version=None, address=None))
    assert "Encryption" not in dict(behind.facts)


def test_a_ping_told_again_is_counted_once_and_a_p95_needs_twenty() -> None:
    vm = ConnectionViewModel()
    assert "No ping" in vm.pings

    ping(vm, 10.0, 10.0, None, 12.0)
    assert vm.pings.endswith("2")
    assert "P95 from n" in vm.pings

    ping(vm, *(20.0 + number for number in range(20)))
    assert "P95 from" not in vm.pings


def test_pings_are_bounded_and_a_new_session_forgets_them() -> None:
    vm = connected(TIMING)
    ping(vm, *(float(number) for number in range(MOST_PINGS + 50)))
    assert vm.pings.endswith(str(MOST_PINGS))

    vm.clear()

    assert vm.stages == ()
    assert "No ping" in vm.pings


def test_it_tells_its_watchers_and_reads_aloud() -> None:
    vm = connected(TIMING)
    told: list[None] = []
    vm.changed.connect(lambda: told.append(None))

    ping(vm, 3.0)

    assert len(told) == 1
    assert vm.spoken.splitlines()[1] == "Name look-up: 10.0\N{THIN SPACE}ms"
