from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reenact.report.answer import answer

PEOPLE, FRAMES = 8, 5


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics and generators, not those of the other tests of this folder alone."""


def figure(value: float, low: float | None = None, high: float | None = None) -> dict:
    return {"value": value} | ({} if low is None else {"low": low, "high": high})


def values(distances: dict[str, dict[str, list[float]]], setting: str = "cross") -> pd.DataFrame:
    """Frames of rows, whose distances are given for each person."""
    tables = []
    for row, by_metric in distances.items():
        source = "" if row == "copy_target" else "ldnet" if row in ("dense", "warp", "fdgan") else "own"
        for person in range(PEOPLE):
            table = pd.DataFrame({metric: np.full(FRAMES, people[person], np.float32) for metric, people in by_metric.items()})
            names = {"setting": setting, "item": person, "target_subject": f"p{person}", "method": row, "landmark_source": source}
            tables.append(table.assign(**names, frame=range(FRAMES)))
    return pd.concat(tables, ignore_index=True)


def scores(rows: dict[str, dict[str, dict]], still: dict[str, dict], setting: str = "cross") -> dict:
    found = {row: {"ldnet" if row in ("dense", "warp", "fdgan") else "own": figures} for row, figures in rows.items()}
    return {setting: found | {"copy_target": {"none": still}}, "about": {f"{setting}test": {"subjects": PEOPLE}}}


def told_of(own: dict[str, dict], still: dict[str, dict], distances: dict[str, tuple[list[float], list[float]]], **others) -> list[str]:
    """The answer on `dense`. distances: each person's of a metric, in its results and in the still target."""
    frames = values(
        {row: {metric: each[place] for metric, each in distances.items()} for place, row in enumerate(("dense", "copy_target"))}
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in answer(scores({"dense": own, **others}, still), frames, "dense", 1)]


def person(value: float, low: float | None = None, high: float | None = None, **others) -> list[str]:
    return told_of({"reidentified": figure(value, low, high)}, {}, {"ed": ([1.0] * PEOPLE, [1.0] * PEOPLE)}, **others)


def test_it_says_who_is_recognised_and_how_far_head_and_expression_are_off():
    own = {"reidentified": figure(0.984, 0.95, 1), "rotation_error": figure(3.0), "ed": figure(0.1)}
    distances = {"rotation_error": ([3.0] * PEOPLE, [12.0] * PEOPLE), "ed": ([0.1] * PEOPLE, [0.4] * PEOPLE)}
    assert told_of(own, {"rotation_error": figure(12.0), "ed": figure(0.4)}, distances) == [
        "The person is kept: with Dense, a result is recognised as its own target in 98 % of frames (95 % to 100 %), among 8 people.",
        "The driver's head is followed: results are 3.0° off the driver, by fits to both pictures, where the still target is 12.0° off, so "
        "that 75 % of that is gone (all draws alike).",
        "The expression is followed: 75 % of the still target's distance to the driver's is gone (all draws alike).",
    ]


def test_the_true_rotation_decides_where_it_is_known_and_the_fits_stand_beside_it():
    own = {"rotation_error": figure(3.0), "true_rotation_error": figure(9.0)}
    still = {"rotation_error": figure(12.0), "true_rotation_error": figure(10.0)}
    distances = {"rotation_error": ([3.0] * PEOPLE, [12.0] * PEOPLE), "true_rotation_error": ([9.0] * PEOPLE, [10.0] * PEOPLE)}
    assert told_of(own, still, distances) == [
        "The driver's head is not followed: results are 9.0° off the driver's true rotation, where the still target is 10.0° off, so that "
        "10 % of that is gone (all draws alike). By fits to both pictures they are 3.0° off, and it is 12.0° off."
    ]


@pytest.mark.parametrize(
    ("rate", "low", "high", "verdict"),
    [
        (0.95, 0.9, 1, "is kept:"),
        (0.95, 0.89, 1, "is kept at least in part:"),
        (0.95, 0.49, 1, "may be kept:"),
        (0.89, 0.5, 0.95, "is kept in part:"),
        (0.89, 0.4, 0.95, "may be kept in part:"),
        (0.3, 0.1, 0.49, "is not kept:"),
        (0.3, 0.1, 0.51, "may not be kept:"),
        (1.0, None, None, "may be kept:"),
    ],
)
def test_a_person_is_kept_where_all_of_the_interval_says_so(rate, low, high, verdict):
    assert person(rate, low, high)[0].startswith(f"The person {verdict}")


@pytest.mark.parametrize(
    ("off", "verdict"),
    [
        ([5.0] * 8, "is followed:"),
        ([5.1] * 8, "is followed in part:"),
        ([8.1] * 8, "is not followed:"),
        ([0.0] * 4 + [9.0] * 4, "is followed at least in part:"),
        ([0.0] * 4 + [9.8] * 4, "may be followed:"),
        ([2.0] * 2 + [9.5] * 6, "may be followed in part:"),
        ([4.0] * 1 + [10.0] * 7, "may not be followed:"),
    ],
)
def test_a_head_is_followed_by_the_share_of_the_still_targets_error_that_is_gone(off, verdict):
    error = sum(off) / PEOPLE
    distances = {"rotation_error": (off, [10.0] * PEOPLE)}
    (sentence,) = told_of({"rotation_error": figure(error)}, {"rotation_error": figure(10.0)}, distances)
    assert f"head {verdict}" in sentence and f"so that {100 * (1 - error / 10):.0f} % of that is gone" in sentence


def test_relative_motion_is_said_to_turn_as_the_driver_does():
    """A head that begins elsewhere and turns alike is as far off as it was; its turns are followed."""
    distances = {"rotation_error": ([15.0] * PEOPLE, [16.0] * PEOPLE), "turn_error": ([2.0] * PEOPLE, [8.0] * PEOPLE)}
    figures = {"rotation_error": figure(15.0), "turn_error": figure(2.0)}, {"rotation_error": figure(16.0), "turn_error": figure(8.0)}
    (sentence,) = told_of(*figures, distances)
    assert sentence.startswith("The driver's head is not followed: results are 15.0° off")
    assert sentence.endswith(
        "How it turns since each clip's first frame is followed: 75 % of the still target's distance to that is gone (all draws alike)."
    )
    alike = distances | {"turn_error": ([7.0] * PEOPLE, [8.0] * PEOPLE)}
    assert "first frame" not in told_of(*figures, alike)[0]


def test_where_the_driver_itself_is_taken_for_the_target_nothing_is_said_of_the_person():
    found = scores({"dense": {"reidentified": figure(1.0, 1.0, 1.0)}}, {})
    found["cross"]["driving_frames"] = {"none": {"reidentified": figure(0.5, 0.2, 0.8)}}
    frames = values({"dense": {"ed": [1.0] * PEOPLE}, "copy_target": {"ed": [1.0] * PEOPLE}})
    (sentence,) = answer(found, frames, "dense", 1)
    assert sentence.replace("\N{NO-BREAK SPACE}", " ") == (
        "Whether the person is kept cannot be told: the driver itself is recognised as the target in 50 % of frames, among 8 people."
    )


@pytest.mark.parametrize(("people", "verdict", "better"), [(4, "may be", False), (5, "is", True)])
def test_of_few_people_nothing_is_said_surely(people, verdict, better):
    sure = {"reidentified": figure(1.0, 1.0, 1.0), "ed": figure(0.1, 0.1, 0.1)}
    found = scores({"dense": sure, "warp": sure}, {"ed": figure(0.4)})
    found["about"]["crosstest"]["subjects"] = people
    frames = values({row: {"ed": [each] * PEOPLE} for row, each in {"dense": 0.1, "warp": 0.05, "copy_target": 0.4}.items()})
    person, expression, others = answer(found, frames[frames["item"] < people], "dense", 1)
    assert person.startswith(f"The person {verdict} kept:") and expression.startswith(f"The expression {verdict} followed:")
    assert others == ("Better: Warp (expression)." if better else "Not told apart from Dense: Warp (expression).")


def test_an_expression_that_is_further_off_than_the_still_targets_is_not_followed():
    (sentence,) = told_of({"ed": figure(0.5)}, {"ed": figure(0.4)}, {"ed": ([0.5] * PEOPLE, [0.4] * PEOPLE)})
    assert sentence.startswith("The expression is not followed: nothing of the still target's distance to the driver's is gone")


def test_methods_that_are_better_or_cannot_be_told_apart_are_named():
    """By differences in the same people: `warp` keeps each a little better, though its interval overlaps; all are recognised."""
    people = np.linspace(0.5, 0.9, PEOPLE)
    noise = np.array([0.01, -0.01] * (PEOPLE // 2))
    everybody = {"reidentified": figure(1.0, 1.0, 1.0), "isim_centred": figure(0.7, 0.6, 0.8), "ed": figure(0.2, 0.1, 0.3)}
    frames = values(
        {
            "dense": {"isim_centred": [*people], "ed": [0.2] * PEOPLE},
            "warp": {"isim_centred": [*(people + 0.04 + noise)], "ed": [*(0.2 + noise)]},
            "fdgan": {"isim_centred": [*(people - 0.04 + noise)], "ed": [0.1] * PEOPLE},
            "theirs": {"isim_centred": [*(people + noise)], "ed": [0.3] * PEOPLE},
            "copy_target": {"ed": [0.5] * PEOPLE},
        }
    )
    found = scores(dict.fromkeys(("dense", "warp", "fdgan", "theirs"), everybody), {"ed": figure(0.5)})
    *_, last = answer(found, frames, "dense", 1)
    assert last == "Better: Warp (person); FD-GAN (expression). Not told apart from Dense: Warp (expression); theirs (person)."


def test_in_selftest_alone_somebody_elses_method_has_its_answer():
    found = scores({"theirs": {"reidentified": figure(1.0, 1.0, 1.0)}}, {}, "self")
    frames = values({"theirs": {"ed": [0.1] * PEOPLE}, "copy_target": {"ed": [0.4] * PEOPLE}}, "self")
    (sentence,) = answer(found, frames, "theirs", 1)
    assert sentence.replace("\N{NO-BREAK SPACE}", " ") == (
        "The person is kept: with theirs, a result is recognised as its own target in 100 % of frames, among 8 people, who drive "
        "themselves."
    )
