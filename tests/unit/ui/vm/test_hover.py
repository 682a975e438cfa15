from app.ui.vm.hover import hover


def test_a_figure_explains_itself() -> None:
    words = hover("v2v_ms")

    assert words.startswith("Voice-to-voice latency\n= audible - end of speech\nfrom ")
    assert "clock: DAC" in words


def test_a_reported_figure_says_that_it_was_not_measured() -> None:
    assert "Reported by the provider" in hover("text_tps", reported=True)


def test_an_unknown_figure_says_why() -> None:
    assert hover("ttft_ms", reason="no turn has ended yet").endswith(
        "Unknown: no turn has ended yet."
    )
