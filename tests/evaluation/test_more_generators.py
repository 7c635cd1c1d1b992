"""A second generator beside FD-GAN: a folder of its own and a line in the registry make it stand wherever results do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.predict import predict
from reenact.evaluation.predictions import Predictions
from reenact.evaluation.score import score
from reenact.files import read_json, sha256_file
from reenact.reenactment.networks import load_reenactor
from reenact.report.build import build_report
from reenact.report.sheets import result_sheet
from reenact.shards.frames import FrameStore
from reenact.testsets.items import KINDS, read_items
from reenact.workspace import LDNET, METRICS, PREDICTIONS, RESULTS, TESTSETS, Workspace
from tests.support.by_hand import leaves
from tests.support.made_workspace import PARAMS, predict_places, score_places
from tests.support.markdown import cells
from tests.support.second_generator import COPIER, make_copier, second_generator

CPU = torch.device("cpu")
FOUR = [("fdgan", "driver"), ("fdgan", "ldnet"), ("copier", "driver"), ("copier", "ldnet")]


@pytest.fixture(scope="module")
def two(workspace, tmp_path_factory) -> Iterator[Workspace]:
    """The finished workspace anew, with two generators."""
    both = Workspace(tmp_path_factory.mktemp("two"))
    for folder in ("data", "models"):
        shutil.copytree(workspace.path(folder), both.path(folder))
    with second_generator():
        make_copier(both.path(COPIER.folder))
        predict(PARAMS, **predict_places(both), device=CPU)
        score(PARAMS, **score_places(both))
        build_report(PARAMS, both)
        yield both


@pytest.fixture(scope="module")
def tables(two):
    return {name: read_json(two.path(METRICS, f"{name}.json")) for name in ("table1", "table2", "table3", "table4")}


@pytest.fixture(scope="module")
def shown(two):
    """Each table's rows as shown, without the header."""
    names = ("table2", "table3", "table4")
    return {name: cells(two.path(RESULTS, "tables", f"{name}.md").read_text(encoding="utf-8"))[1:] for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_hold_each_generators_results(workspace, two, kind):
    predictions = Predictions(two.path(PREDICTIONS, f"{kind}.parquet"))
    assert predictions.about["generators"] == {
        name: sha256_file(two.path("models", name, "model.safetensors")) for name in ("fdgan", "copier")
    }
    items, _ = read_items(two.path(TESTSETS, f"{kind}.json"), kind)
    store = FrameStore(two.shards(PARAMS, "test"))
    alone = Predictions(workspace.path(PREDICTIONS, f"{kind}.parquet"))
    for item, (number, generated), (_, before) in zip(items, predictions, alone, strict=True):
        assert number == item.number and list(generated) == FOUR
        target = store.get(*item.target, [item.target_frame], 64)[0][0]
        for source in ("driver", "ldnet"):
            np.testing.assert_array_equal(generated["fdgan", source].images, before["fdgan", source].images)
            np.testing.assert_array_equal(generated["copier", source].landmarks, generated["fdgan", source].landmarks)
            assert np.abs(generated["copier", source].images.astype(int) - target).mean() < 4  # JPEG


def test_every_table_has_rows_of_either_and_fdgans_are_as_alone(workspace, tables):
    for setting in ("self", "cross"):
        assert list(tables["table2"][setting])[:2] == list(tables["table3"][setting])[:2] == ["fdgan", "copier"]
        assert all(found.keys() == {"driver", "ldnet"} for found in list(tables["table2"][setting].values())[:2])
    assert list(tables["table4"]["measured"]) == ["fdgan", "copier", "copy_target"]
    for name, table in tables.items():
        figures, alone = dict(leaves(table)), dict(leaves(read_json(workspace.path(METRICS, f"{name}.json"))))
        assert {path: figure for path, figure in figures.items() if "copier" not in path} == alone
        copiers = {tuple("fdgan" if key == "copier" else key for key in path) for path in figures if "copier" in path}
        assert copiers == {path for path in alone if "fdgan" in path}


def test_the_second_generators_figures_are_its_own_and_the_paper_has_none(tables):
    own, target = tables["table3"]["self"]["copier"], tables["table3"]["self"]["copy_target"]
    assert own["ssim"]["value"] == pytest.approx(target["ssim"]["value"], abs=0.02)
    assert own["ssim"]["value"] - tables["table3"]["self"]["fdgan"]["ssim"]["value"] > 0.1
    assert all(entry["paper"] is None for table in tables.values() for path, entry in leaves(table) if "copier" in path)
    # The landmarks are LD-Net's, whoever generates from them.
    cross = tables["table2"]["cross"]
    assert cross["copier"]["ldnet"]["landmark_error"] == cross["fdgan"]["ldnet"]["landmark_error"]


def test_the_tables_as_shown_tell_the_rows_apart(shown):
    assert [tuple(row[:2]) for row in shown["table2"]] == [
        *(("SelfTest", f"{source}, {name}") for name in ("FD-GAN", "Copier") for source in ("Ground truth", "LD-Net")),
        *(("CrossTest", f"{source}, {name}") for name in ("FD-GAN", "Copier") for source in ("Source", "LD-Net")),
        ("CrossTest", "dlib on the driving frames (no method)"),
    ]
    assert [row[1] for row in shown["table3"]] == ["FD-GAN", "Copier", "Target copied (no method)", "Driving frames (no method)"] * 2
    assert [row[1] for row in shown["table4"][:3]] == ["FD-GAN + LD-Net", "Copier + LD-Net", "Target copied (no method)"]
    assert [row[0] for row in shown["table4"]] == ["Measured here"] * 3 + ["Published"] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_sheets_have_a_column_of_either_from_both_landmarks(two, kind):
    store, predictions = FrameStore(two.shards(PARAMS, "test")), Predictions(two.path(PREDICTIONS, f"{kind}.parquet"))
    sheet = result_sheet(kind, store, two.path(TESTSETS), predictions)
    assert sheet.columns[3:] == ["FD-GAN", "Copier", "LD-Net's", "FD-GAN", "Copier"]
    for row, (_, generated) in zip(sheet.rows, predictions, strict=True):
        assert len(row.pictures) == len(sheet.columns)
        for column, method in zip((3, 4, 6, 7), (FOUR[0], FOUR[2], FOUR[1], FOUR[3]), strict=True):
            np.testing.assert_array_equal(row.pictures[column], generated[method].images[1])
    height, width, _ = cv2.imread(str(two.path(RESULTS, "figures", f"{kind}.jpg"))).shape
    assert (height, width) == (26 + 2 * 132, 104 + 8 * 132)


def test_the_page_has_the_curves_of_either_and_names_its_weights(two):
    text = two.path(RESULTS, "report.html").read_text(encoding="utf-8")
    for title in ("LD-Net", "FD-GAN", "Copier"):
        assert f"{title}: losses by iteration" in text
    assert sha256_file(two.path("models", "copier", "model.safetensors")) in text


def test_animate_takes_the_generator_that_the_folder_is_of(two):
    reenactor = load_reenactor(str(two.path(LDNET)), str(two.path(COPIER.folder)), CPU)
    assert type(reenactor.generator).__name__ == "Copier" and reenactor.size == 64


def test_generators_of_different_image_sizes_are_refused(workspace, tmp_path):
    with second_generator():
        folders = predict_places(workspace)["generator_dirs"] | {"copier": make_copier(tmp_path / "copier", 80)}
        with pytest.raises(ReenactError, match=r"different image sizes \(fdgan 64, copier 80\).*train them at one size"):
            predict(PARAMS, **predict_places(workspace) | {"generator_dirs": folders, "out_dir": tmp_path / "out"}, device=CPU)
    assert not (tmp_path / "out").exists()
