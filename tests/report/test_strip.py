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
    shown = {figure["title"]: figure for figure in strip(table1, scores, "fdgan")}
    assert list(shown) == ["Re-identified ↑", "ISIM, centred ↑", "Rotation error ↓", "SSIM in the face ↑", "E_I's ratio ↓"]
    cross, own = scores["cross"], scores["self"]
    places = {
        "Re-identified ↑": (cross["fdgan"]["ldnet"]["reidentified"], [cross["driving_frames"]["none"]["reidentified"]]),
        "ISIM, centred ↑": (cross["fdgan"]["ldnet"]["isim_centred"], [cross["driving_frames"]["none"]["isim_centred"]]),
        "Rotation error ↓": (cross["fdgan"]["ldnet"]["rotation_error"], [cross["copy_target"]["none"]["rotation_error"]]),
        "SSIM in the face ↑": (
            own["fdgan"]["driver"]["ssim_face"],
            [own["copy_target"]["none"]["ssim_face"], own["shuffled"]["none"]["ssim_face"]],
        ),
        "E_I's ratio ↓": (table1["E_I"]["ratio_same_identity"], [table1["landmarks"]["ratio_same_identity"], {"value": 0.5338}]),
    }
    for title, (entry, beside) in places.items():
        figure = shown[title]
        assert (figure["exact"], figure["card"]) == (entry["value"], entry["card"])
        assert [row["exact"] for row in figure["beside"]] == [row["value"] for row in beside]
    error = places["Rotation error ↓"][0]
    assert shown["Rotation error ↓"]["text"] == f"{error['value']:.1f}°"
    assert shown["Rotation error ↓"]["interval"] == f"{error['low']:.1f}° to {error['high']:.1f}°"


def test_what_was_not_measured_is_left_out(measured):
    table1, scores = measured
    del scores["cross"]["fdgan"]["ldnet"]["reidentified"], scores["self"]["copy_target"]["none"]["ssim_face"]
    del scores["cross"]["fdgan"]["ldnet"]["isim_centred"]["low"]
    centred, _, face, _ = strip(table1, scores, "fdgan")
    assert centred["title"] == "ISIM, centred ↑" and centred["interval"] == ""
    assert [row["title"] for row in face["beside"]] == ["Another person"]
