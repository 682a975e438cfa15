from app.audio.jitter import JitterDepth


def test_it_starts_at_one_block_and_grows_by_what_a_reply_lacked() -> None:
    depth = JitterDepth()
    assert depth.ms == 10.0

    depth.after_reply(30.0)

    assert depth.ms == 40.0


def test_it_grows_to_120_ms_at_most() -> None:
    depth = JitterDepth()

    depth.after_reply(5_000.0)

    assert depth.ms == 120.0


def test_each_reply_without_a_stall_halves_it_down_to_one_block() -> None:
    depth = JitterDepth()
    depth.after_reply(90.0)

    seen = []
    for _ in range(5):
        depth.after_reply(0.0)
        seen.append(depth.ms)

    assert seen == [50.0, 25.0, 12.5, 10.0, 10.0]
