from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from reenact.report.metric_plots import LEAST_FRAMES, metric_panels, metric_plots_in_words, write_metric_plots

YAW, EXPRESSION = "driver_yaw", "driver_expression"


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics and generators, not those of the other tests of this folder alone."""


def made_frames() -> pd.DataFrame:
    """12 pairs of 8 people in CrossTest, 20 frames each, turned by up to 24 degrees to either side, and one frame turned by 40."""
    rng, tables = np.random.default_rng(3), []
    for item in range(12):
        count = 20
        driver = {YAW: rng.uniform(-24, 24, count), EXPRESSION: rng.uniform(0.1, 0.9, count)}
        driver[YAW][0] = 40 if item == 0 else driver[YAW][0]
        for method, source in (("fdgan", "driver"), ("fdgan", "ldnet"), ("theirs", "own"), ("copy_target", ""), ("driving_frames", "")):
            values = {"isim_centred": rng.uniform(0, 1, count), "rotation_error": np.abs(driver[YAW]), "ssim_face": np.full(count, np.nan)}
            names = {"setting": "cross", "item": item, "target_subject": f"p{item % 8}", "frame": np.arange(count)}
            tables.append(pd.DataFrame(names | {"method": method, "landmark_source": source} | driver | values))
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def frames() -> pd.DataFrame:
    return made_frames()


@pytest.fixture(scope="module")
def panels(frames):
    return metric_panels(frames, "cross", seed=1)


def test_each_value_is_the_mean_of_the_frames_turned_so_far_to_either_side(frames, panels):
    panel = panels[0]
    assert (panel.metric.name, panel.by) == ("isim_centred", YAW)
    rows = frames[(frames.method == "fdgan") & (frames.landmark_source == "ldnet")]
    assert [(part.low, part.high) for part in panel.parts] == [(0, 5), (5, 10), (10, 15), (15, 20), (20, 30)]
    for part, value in zip(panel.parts, panel.lines["FD-GAN"], strict=True):
        within = rows[rows[YAW].abs().between(part.low, part.high, inclusive="left")]
        assert value.number == pytest.approx(within.isim_centred.mean()) and value.low < value.number < value.high
        assert (part.frames, part.subjects) == (len(within), within.target_subject.nunique())
        # As wide as means of as many people's means are, by the formula.
        spread = within.groupby("target_subject").isim_centred.mean().std() / np.sqrt(part.subjects)
        assert value.high - value.low == pytest.approx(2 * 1.96 * spread, rel=0.6)


def test_expressions_are_split_into_quarters(frames, panels):
    panel = next(panel for panel in panels if panel.by == EXPRESSION)
    assert [part.frames for part in panel.parts] == [60] * 4
    rows = frames[(frames.method == "theirs")].sort_values(EXPRESSION)
    for place, value in enumerate(panel.lines["theirs"]):
        assert value.number == pytest.approx(rows.isim_centred.iloc[60 * place : 60 * place + 60].mean())


def test_a_part_with_too_few_frames_or_people_is_not_shown_but_counted(frames, panels):
    assert all(panel.left_out == (1 if panel.by == YAW else 0) for panel in panels)
    assert "Frames that are not shown, as their part has too few: 1." in metric_plots_in_words(panels)
    of_one = frames[(frames.target_subject == "p0") | (frames[YAW].abs() < 15)]
    few = metric_panels(of_one, "cross", seed=1)[0]
    assert [part.high for part in few.parts] == [5, 10, 15]
    assert few.left_out == (of_one[of_one.method == "theirs"][YAW].abs() >= 15).sum() >= LEAST_FRAMES


def test_each_metric_stands_beside_the_row_that_is_its_scale(panels):
    scales = {panel.metric.name: list(panel.lines)[-1] for panel in panels}
    assert scales == {"isim_centred": "driving frames", "rotation_error": "target copied"}
    assert all(list(panel.lines)[:2] == ["FD-GAN", "theirs"] for panel in panels)


def test_a_metric_or_a_test_set_that_was_not_measured_has_no_panel(frames, panels):
    assert len(panels) == 2 * 2  # no ED
    assert metric_panels(frames, "self", seed=1) == []
    assert metric_panels(frames.assign(setting="self"), "self", seed=1)[0].metric.name == "isim_centred"  # SSIM has no value


def test_the_picture_names_metrics_parts_counts_and_rows(panels, tmp_path):
    write_metric_plots(tmp_path / "plots.svg", panels)
    text = (tmp_path / "plots.svg").read_text(encoding="utf-8")
    first = panels[0].parts[0]
    for words in ("ISIM, centred ↑", "Rotation error, ° ↓", "0–5", "20–30", "0.10–0.30", "FD-GAN", "theirs", "target copied", "60 / 8"):
        assert f">{words}<" in text, words
    assert f">{first.frames} / {first.subjects}<" in text and "<dc:date>" not in text


def test_rows_differ_in_stroke_and_marker_and_not_in_colour_alone(frames, tmp_path):
    others = [frames[frames.method == "theirs"].assign(method=f"m{number}") for number in range(12)]
    write_metric_plots(tmp_path / "plots.svg", metric_panels(pd.concat([frames, *others]), "cross", seed=1))
    text = (tmp_path / "plots.svg").read_text(encoding="utf-8")
    legend = text[text.index('id="legend_1"') :]
    assert all(f">{name}<" in legend for name in ("FD-GAN", *(f"m{number}" for number in range(12))))
    looks = [look(text, part) for part in legend.split('<g id="LineCollection')[1:]]
    assert len(looks) == len(set(looks)) == 16  # 14 methods and two scales


def look(text: str, entry: str) -> tuple[str, str]:
    """The dashes and the marker's outline of an entry of the legend, without their colours."""
    dashes = re.search(r"stroke-dasharray: ([\d.,]+)", entry)
    marker = re.search(r'xlink:href="#(\w+)"', entry)[1]
    return dashes[1] if dashes else "", re.search(rf'<path id="{marker}" d="([^"]+)"', text)[1]


def test_the_same_frames_give_the_same_bytes(frames, panels, tmp_path):
    write_metric_plots(tmp_path / "a.svg", panels)
    write_metric_plots(tmp_path / "b.svg", metric_panels(made_frames(), "cross", seed=1))
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_words_tell_each_rows_first_and_last_value(frames, panels):
    words = metric_plots_in_words(panels)
    copied = next(panel for panel in panels if panel.metric.name == "rotation_error" and panel.by == YAW).lines["target copied"]
    assert f"target copied {copied[0].number:.3g} at 0–5 to {copied[-1].number:.3g} at 20–30" in words
    assert words.count("ISIM, centred by the") == 2
