from __future__ import annotations

import pytest

from reenact.report.answer import answer, percent


def scores(reidentified=1.0, rotation=(3.0, 12.0), ed=(0.1, 0.4), people=12):
    """Scores of a generator, and of its targets as they are."""
    own = {"reidentified": {"value": reidentified}, "rotation_error": {"value": rotation[0]}, "ed": {"value": ed[0]}}
    copied = {"rotation_error": {"value": rotation[1]}, "ed": {"value": ed[1]}}
    return {"cross": {"dense": {"ldnet": own}, "copy_target": {"none": copied}}, "about": {"crosstest": {"subjects": people}}}


def test_it_says_who_is_recognised_and_how_far_head_and_expression_are_off():
    assert answer(scores(0.984), "dense", "Dense") == [
        "The person is kept: with Dense, a result is recognised as its own target in 98 % of frames, among 12 people.",
        "The driver's head is followed, to 3.0°, where the still target would be 12.0° off. "
        "The expression is followed: it is 75 % nearer to the driver's than the still target's.",
    ]


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [(0.9, "is kept:"), (0.89, "is kept in part"), (0.5, "is kept in part"), (0.49, "is not kept")],
)
def test_a_person_is_kept_by_the_share_of_frames(rate, verdict):
    assert answer(scores(rate), "dense", "Dense")[0].startswith(f"The person {verdict}")


@pytest.mark.parametrize(
    ("off", "verdict"),
    [
        (5.0, "is followed,"),
        (5.1, "is followed in part"),
        (8.0, "is followed in part"),
        (8.1, "is hardly followed"),
        (10.0, "is not followed"),
    ],
)
def test_a_head_is_followed_by_the_share_of_the_still_targets_error_that_is_gone(off, verdict):
    assert f"head {verdict}" in answer(scores(rotation=(off, 10.0)), "dense", "Dense")[1]


def test_an_expression_that_is_further_off_than_the_still_targets_is_not_followed():
    motion = answer(scores(ed=(0.5, 0.4)), "dense", "Dense")[1]
    assert motion.endswith("The expression is not followed: it is no nearer to the driver's than the still target's.")


def test_what_was_not_measured_is_not_spoken_of():
    found = scores()
    del found["cross"]["dense"]["ldnet"]["reidentified"]
    found["cross"]["dense"]["ldnet"]["rotation_error"] = {"value": None}
    assert answer(found, "dense", "Dense") == ["The expression is followed: it is 75 % nearer to the driver's than the still target's."]


@pytest.mark.parametrize(
    ("share", "text"), [(1, "100 %"), (0.996, "over 99 %"), (0.994, "99 %"), (0, "0 %"), (0.004, "under 1 %"), (0.006, "1 %")]
)
def test_what_is_not_all_is_not_called_all(share, text):
    assert percent(share) == text
