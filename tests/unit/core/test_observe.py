from app.core.observe import Signal


def test_a_listener_hears_until_it_is_disconnected() -> None:
    signal = Signal[int, str]()
    first: list[tuple[int, str]] = []
    second: list[tuple[int, str]] = []
    disconnect = signal.connect(lambda *said: first.append(said))
    signal.connect(lambda *said: second.append(said))

    signal.emit(1, "a")
    disconnect()
    signal.emit(2, "b")

    assert first == [(1, "a")]
    assert second == [(1, "a"), (2, "b")]


def test_a_listener_may_leave_while_it_is_told() -> None:
    signal = Signal[int]()
    heard: list[int] = []

    def once(value: int) -> None:
        heard.append(value)
        leave()

    leave = signal.connect(once)
    signal.connect(lambda value: heard.append(-value))

    signal.emit(1)
    signal.emit(2)

    assert heard == [1, -1, -2]
