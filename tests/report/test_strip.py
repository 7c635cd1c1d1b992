from __future__ import annotations

import pytest

from reenact.files import read_json
from reenact.report.strip import strip
from reenact.workspace import METRICS


@pytest.fixture
def measured(every):
    return (read_json(every.path(METRICS, f"{name}.json")) for name in ("table1", "scores"))


def test_each_figure_is_the_generators_with_its_interval_and_the_rows_to_read_it_by(measured):
    table1, scores = measured
    shown = {(figure["title"], figure["where"]): figure for figure in strip(scores, "fdgan", table1)}
    cross, own = scores["cross"], scores["self"]
    driver, still = cross["driving_frames"]["none"], cross["copy_target"]["none"]
    made = cross["fdgan"]["ldnet"]
    places = {
        ("Re-identified ↑", "CrossTest"): (made["reidentified"], [still["reidentified"], driver["reidentified"]]),
        ("ISIM, centred ↑", "CrossTest"): (made["isim_centred"], [driver["isim_centred"]]),
        ("Rotation error ↓", "CrossTest, against the truth"): (
            made["true_rotation_error"],
            [still["true_rotation_error"], driver["true_rotation_error"]],
        ),
        ("Rotation error ↓", "CrossTest, by fits to both pictures"): (made["rotation_error"], [still["rotation_error"]]),
        ("SSIM in the face ↑", "SelfTest"): (
            own["fdgan"]["driver"]["ssim_face"],
            [own["copy_target"]["none"]["ssim_face"], own["shuffled"]["none"]["ssim_face"]],
        ),
        ("Spread of identity codes ↓", "LMTest: between codes of one person, where between two people is 1"): (
            table1["E_I"]["ratio_same_identity"],
            [table1["landmarks"]["ratio_same_identity"], {"value": 0.5338}],
        ),
    }
    assert list(shown) == list(places)
    for place, (entry, beside) in places.items():
        figure = shown[place]
        assert (figure["exact"], figure["card"]) == (entry["value"], entry["card"])
        assert [row["exact"] for row in figure["beside"]] == [row["value"] for row in beside]
    error, figure = made["rotation_error"], shown["Rotation error ↓", "CrossTest, by fits to both pictures"]
    assert figure["text"] == f"{error['value']:.1f}°"
    assert figure["interval"] == f"{error['low']:.1f}° to {error['high']:.1f}°"


def test_what_was_not_measured_is_left_out(measured):
    _, scores = measured
    for metric in ("reidentified", "true_rotation_error", "rotation_error"):
        del scores["cross"]["fdgan"]["ldnet"][metric]
    del scores["self"]["copy_target"]["none"]["ssim_face"], scores["cross"]["fdgan"]["ldnet"]["isim_centred"]["low"]
    centred, face = strip(scores, "fdgan")
    assert centred["title"] == "ISIM, centred ↑" and centred["interval"] == ""
    assert [row["title"] for row in face["beside"]] == ["Another person"]


def test_in_selftest_alone_the_driving_frames_are_the_truth(measured):
    _, scores = measured
    del scores["cross"]
    shown = strip(scores, "fdgan")
    assert [(figure["title"], figure["where"]) for figure in shown] == [
        ("Re-identified ↑", "SelfTest"),
        ("ISIM, centred ↑", "SelfTest"),
        ("Rotation error ↓", "SelfTest, by fits to both pictures"),
        ("SSIM in the face ↑", "SelfTest"),
    ]
    assert [row["title"] for row in shown[0]["beside"]] == ["Still target", "True frames"]
