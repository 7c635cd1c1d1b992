"""What is said of figures that make no sense, and when they are refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from reenact.errors import ReenactError
from reenact.evaluation.measure import Figure, Measured
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, SHUFFLED
from reenact.evaluation.sanity import check_sanity
from reenact.metrics.intervals import Value

FDGAN, MINE = Method("fdgan", "ldnet"), Method("mine", "own")
FRAMES = 200
Row = Mapping[str, tuple[float, float, float]]
TRUE: Row = {"isim": (0.97, 0.96, 0.98), "ed": (0.0, 0.0, 0.0)}
OTHER: Row = {"isim": (0.85, 0.83, 0.87), "ed": (1.2, 1.0, 1.4)}
TELLS = ["SelfTest: ISIM tells the true frames from another subject's.", "SelfTest: ED tells the true frames from another subject's."]


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics, where other tests of this folder have the first ones alone."""


def figure(number: float, low: float | None = None, high: float | None = None, lost: int = 0) -> Figure:
    return Figure(Value(number, FRAMES, low, high), {"no face found": lost} if lost else {})


def measured(rows: Mapping[Method, Mapping[str, tuple | Figure]], subjects: int = 40) -> Measured:
    made = {
        row: {name: each if isinstance(each, Figure) else figure(*each) for name, each in figures.items()} for row, figures in rows.items()
    }
    return Measured(made, 10, FRAMES, subjects, table(made))


def table(rows: Mapping[Method, Mapping[str, Figure]]) -> pd.DataFrame:
    """A frame of each of 40 people. They differ by far more than rows do, and alike in all rows but FD-GAN's."""
    people = np.linspace(-0.2, 0.2, 40)
    parts = []
    for row, figures in rows.items():
        apart = np.resize([-0.5, 0.5], 40) if row.generator == "fdgan" else np.zeros(40)
        names = {"item": range(40), "target_subject": [f"p{number}" for number in range(40)], "frame": 0}
        values = {name: each.value.number + people + apart for name, each in figures.items()}
        parts.append(pd.DataFrame({"method": row.generator, "landmark_source": row.source} | names | values))
    return pd.concat(parts, ignore_index=True)


def in_selftest(truth: Row = TRUE, other: Row = OTHER, subjects: int = 40, **rows: Mapping[str, tuple | Figure]) -> dict[str, Measured]:
    named = {Method(name, "ldnet"): figures for name, figures in rows.items()}
    return {"self": measured({**named, DRIVING_FRAMES: truth, SHUFFLED: other}, subjects)}


def test_metrics_that_tell_the_truth_from_others_are_listed():
    assert check_sanity(in_selftest()) == {"checked": TELLS, "warnings": []}


# Intervals that overlap, that touch, that are the wrong way round, and that are none.
USELESS = [
    {"isim": (0.9, 0.86, 0.94)},
    {"isim": (0.9, 0.87, 0.94)},
    {"isim": (0.7, 0.6, 0.8)},
    {"isim": (0.97, None, None)},
    {"ed": (1.1, 0.9, 1.05)},
    {"ed": (0.9, 0.8, 1.0)},
    {"ed": (1.6, 1.5, 1.7)},
]


@pytest.mark.parametrize("changed", USELESS)
@pytest.mark.parametrize("subjects", [20, 400])
def test_with_twenty_subjects_a_metric_that_does_not_is_refused_by_its_title(changed, subjects):
    title, other = {"isim": ("ISIM", "ED"), "ed": ("ED", "ISIM")}[min(changed)]
    with pytest.raises(ReenactError, match=f"in SelfTest {title} cannot tell .* over {subjects} subjects") as raised:
        check_sanity(in_selftest(TRUE | changed, subjects=subjects))
    assert other not in str(raised.value)


def test_all_that_fail_are_named():
    with pytest.raises(ReenactError, match="in SelfTest ISIM, ED cannot tell"):
        check_sanity(in_selftest(OTHER, TRUE))


@pytest.mark.parametrize("changed", USELESS)
def test_with_fewer_subjects_there_is_a_warning(changed):
    title = {"isim": "ISIM", "ed": "ED"}[min(changed)]
    found = check_sanity(in_selftest(TRUE | changed, subjects=19))
    assert found["warnings"] == [f"SelfTest: {title} cannot tell the true frames from another subject's here."]
    assert found["checked"] == [line for line in TELLS if f"{title} " not in line]


def test_metrics_of_whole_sets_and_of_steadiness_are_not_checked():
    """Another subject's frames have the same distribution, and shake as little."""
    same = {"fd": (0.1, 0.0, 0.2), "fd_efficientnet": (0.1, 0.0, 0.2), "jitter": (0.0, -0.1, 0.1)}
    assert check_sanity(in_selftest(TRUE | same, OTHER | same)) == {"checked": TELLS, "warnings": []}


def test_a_metric_that_only_one_of_the_rows_has_is_not_checked():
    found = check_sanity(in_selftest(TRUE | {"lpips": (0.0, 0.0, 0.0)}, OTHER | {"akd": (30.0, 20.0, 40.0)}))
    assert found == {"checked": TELLS, "warnings": []}


def test_what_is_surely_better_than_the_truth_is_told_with_both_figures():
    """A metric that prefers a method to the true frames does not say that the method is good. Rows that are no method may be so."""
    above = {"isim": (0.99, 0.9, 1.0), "ed": (0.1, 0.05, 0.15)}
    truth = TRUE | {"ed": (0.2, 0.1, 0.3)}
    rows = in_selftest(truth, warp=above, dense={"isim": (0.96, 0.9, 0.99), "ed": (0.3, 0.2, 0.4)}, fdgan=above)
    found = check_sanity(rows | {"cross": measured({MINE: above, DRIVING_FRAMES: OTHER, COPY_TARGET: above})})
    assert found["warnings"] == [
        "SelfTest, Warp, LD-Net's landmarks: surely better than the true frames by ISIM (0.99, theirs 0.97); by ED (0.1, theirs 0.2). From "
        "there on more is no better."
    ], "FD-GAN is as much better, but not in everybody"


@pytest.mark.parametrize(("one", "other"), [(float("nan"), 0.2), (0.2, float("nan"))])
@pytest.mark.parametrize("name", ["isim", "ed"])
def test_a_figure_that_is_none_is_compared_with_nothing(name, one, other):
    rows = measured({FDGAN: {name: (one, None, None)}, DRIVING_FRAMES: {name: (other, None, None)}})
    assert check_sanity({"self": rows})["warnings"] == []


def test_a_result_that_shakes_less_than_its_driver_is_no_better_than_the_truth():
    rows = in_selftest(TRUE | {"jitter": (0.0, 0.0, 0.0)}, OTHER, fdgan={"jitter": (-0.5, -0.6, -0.4)})
    assert check_sanity(rows)["warnings"] == []


def test_where_subjects_cannot_be_shuffled_nothing_is_checked():
    assert check_sanity({"self": measured({DRIVING_FRAMES: OTHER})}) == {"checked": [], "warnings": []}


def test_crosstest_has_no_true_frames_to_check():
    assert check_sanity({"cross": measured({FDGAN: OTHER, DRIVING_FRAMES: OTHER, COPY_TARGET: TRUE})}) == {"checked": [], "warnings": []}


@pytest.mark.parametrize(("lost", "is_told"), [(20, False), (21, True), (200, True)])
def test_more_than_a_tenth_of_lost_faces_is_told(lost, is_told):
    rows = {FDGAN: {"isim": figure(0.9, 0.8, 0.95, lost), "ssim": figure(0.5, 0.4, 0.6)}, DRIVING_FRAMES: TRUE}
    told = f"no face was found in {lost} of 200 frames. What is read off these means little."
    found = check_sanity({"self": measured(rows), "cross": measured({MINE: rows[FDGAN], COPY_TARGET: rows[FDGAN]})})
    expected = [f"SelfTest, FD-GAN, LD-Net's landmarks: {told}", f"CrossTest, mine: {told}", f"CrossTest, the target copied: {told}"]
    assert found["warnings"] == (expected if is_told else [])


@pytest.mark.parametrize(
    ("name", "number", "told"),
    [
        ("isim", 1.01, "ISIM is 1.01"),
        ("isim", -1.5, "ISIM is -1.5"),
        ("ed", -0.001, "ED is -0.001"),
        ("ed", 7.2, "ED is 7.2"),
        ("rotation_error", 181.0, "Rotation error, ° is 181"),
        ("fd", -0.1, r"FD (dlib-resnet-v1) is -0.1"),
    ],
)
def test_a_figure_outside_its_range_is_told(name, number, told):
    found = check_sanity({"cross": measured({FDGAN: {name: (number, None, None)}})})
    assert found["warnings"] == [f"CrossTest, FD-GAN, LD-Net's landmarks: {told}, outside its range."]


def test_a_figure_at_the_end_of_its_range_is_within_it():
    ends = {"isim": (1 + 1e-9, 1.0, 1.0), "ed": (51**0.5, 7.0, 7.1), "rotation_error": (0.0, 0.0, 0.0), "jitter": (-40.0, -50.0, -30.0)}
    assert check_sanity({"cross": measured({FDGAN: ends})})["warnings"] == []


def test_a_figure_that_no_frame_has_is_not_outside_its_range():
    """As with OpenFace where it finds no face in any result; its failures say so."""
    nothing = Figure(Value(float("nan"), 0), {"no value": FRAMES})
    assert check_sanity({"cross": measured({FDGAN: {"psim_openface": nothing}})})["warnings"] == []


def test_a_method_that_is_as_bad_as_none_is_told():
    """In SelfTest by the picture within the face, in CrossTest by who is recognised; a row that is no method is not judged.

    What counts are differences in the same people: `mine` is surely better, though separate intervals would overlap.
    """
    wide, rest = (0.6, 0.4, 0.8), (0.3, 0.2, 0.4)
    rows = {FDGAN: {"ssim_face": (0.64, 0.44, 0.84)}, MINE: {"ssim_face": (0.62, 0.42, 0.82)}, COPY_TARGET: {"ssim_face": wide}}
    others = {FDGAN: {"isim_centred": (0.35, 0.3, 0.4)}, MINE: {"isim_centred": (0.32, 0.2, 0.4)}, DRIVING_FRAMES: {"isim_centred": rest}}
    assert check_sanity({"self": measured(rows | {DRIVING_FRAMES: TRUE}), "cross": measured(others)})["warnings"] == [
        "SelfTest, FD-GAN, LD-Net's landmarks: SSIM in the face does not surely beat that of the target copied: nothing shows that the "
        "picture is nearer to the truth than the target that is just copied.",
        "CrossTest, FD-GAN, LD-Net's landmarks: ISIM, centred does not surely beat that of the driving frames: nothing shows that the "
        "result is more like the target than the driver is.",
    ]
