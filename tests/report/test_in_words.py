from __future__ import annotations

import pytest

from reenact.report.in_words import between, degrees, listed, percent, plain


@pytest.mark.parametrize(
    ("share", "text"),
    [
        *((1, "100 %"), (0.996, "over 99 %"), (0.994, "99 %"), (0, "0 %"), (0.004, "under 1 %"), (0.006, "1 %")),
        *((-0.03, "−3 %"), (-0.004, "under 0 %"), (-2.4, "−240 %")),
    ],
)
def test_what_is_not_all_is_not_called_all(share, text):
    assert percent(share) == text.replace(" %", "\N{NO-BREAK SPACE}%")


def test_a_minus_is_no_hyphen():
    assert (plain(-0.0346), degrees(-2.04), plain(0.5)) == ("−0.035", "−2.0°", "0.500")


def test_an_interval_of_one_value_says_that_all_draws_agree():
    assert between(2.31, 4.38, degrees) == "2.3° to 4.4°"
    assert between(1.0, 1.0, percent) == "all draws alike"
    assert between(None, None, percent) == ""


@pytest.mark.parametrize(("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed(names, text):
    assert listed(names) == text
