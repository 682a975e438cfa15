"""What a session may cost, in words."""

import argparse
from decimal import Decimal

import pytest

from app.cli.budget_options import add_budget_options, budget_of
from app.core.errors import ConfigError
from app.core.money import Budget


def chosen(*words: str) -> Budget:
    parser = argparse.ArgumentParser()
    add_budget_options(parser.add_argument_group())
    return budget_of(parser.parse_args(words))


def test_a_budget_is_read() -> None:
    words = ("--budget-usd", "1.50", "--warn-usd", "$1", "--budget-unpriced-s", "60")

    assert chosen(*words) == Budget(
        warn_usd=Decimal(1), stop_usd=Decimal("1.50"), stop_unpriced_s=60
    )
    assert chosen() == Budget()


@pytest.mark.parametrize(
    "words",
    [
        ("--budget-usd", "much"),
        ("--budget-usd", "-1"),
        ("--warn-usd", "nan"),
        ("--budget-unpriced-s", "0"),
        ("--budget-unpriced-s", "nan"),
        ("--budget-unpriced-s", "inf"),
    ],
)
def test_what_is_no_amount_is_refused(words: tuple[str, str]) -> None:
    with pytest.raises(ConfigError, match=words[0]):
        chosen(*words)
