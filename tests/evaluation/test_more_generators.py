"""Generators beside FD-GAN, one trained and one not: a folder and a line in the registry make each stand wherever results do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation import enabled
from reenact.evaluation.enabled import main_generator
from reenact.evaluation.predict import predict
from reenact.evaluation.predictions import Predictions
from reenact.evaluation.score import score
from reenact.evaluation.stored import open_stored
from reenact.faces.crop_settings import CropSettings
from reenact.files import read_json, sha256_file
from reenact.generators.registry import GENERATORS, folders, titles
from reenact.reenactment.networks import load_reenactor
from reenact.report.build import build_report
from reenact.report.sheets import result_sheet
from reenact.shards.frames import FrameStore
from reenact.stages.evaluate import predict_testsets
from reenact.stages.networks import made_from, training_of
from reenact.testsets.items import KINDS, read_items
from reenact.training.watcher import NullWatcher
from reenact.workspace import LDNET, METRICS, PREDICTIONS, RESULTS, TESTSETS, Workspace
from tests.support.by_hand import leaves
from tests.support.made_workspace import PARAMS, predict_places, score_places
from tests.support.markdown import cells
from tests.support.second_generator import COPIER, FLAT, MORE, fresh, make_copier, more_generators

CPU = torch.device("cpu")
NAMES = ["fdgan", "copier", "flat"]
METHODS = [(name, source) for name in NAMES for source in ("driver", "ldnet")]


@pytest.fixture(scope="module")
def more(workspace, tmp_path_factory) -> Iterator[Workspace]:
    """The finished workspace anew, with three generators."""
    found = Workspace(tmp_path_factory.mktemp("more"))
    for folder in ("data", "models"):
        shutil.copytree(workspace.path(folder), found.path(folder))
    with more_generators(COPIER, FLAT):
        training_of("copier", MORE)(MORE, found, NullWatcher(), made_from("copier", MORE, found))
        predict_testsets(MORE, found)
        score(MORE, **score_places(found))
        build_report(MORE, found)
        yield found


@pytest.fixture(scope="module")
def tables(more):
    return {name: read_json(more.path(METRICS, f"{name}.json")) for name in ("table1", "table2", "table3", "table4")}


@pytest.fixture(scope="module")
def shown(more):
    """Each table's rows as shown, without the header."""
    names = ("table2", "table3", "table4")
    return {name: cells(more.path(RESULTS, "tables", f"{name}.md").read_text(encoding="utf-8"))[1:] for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_hold_each_generators_results(workspace, more, kind):
    predictions = Predictions(more.path(PREDICTIONS, f"{kind}.parquet"))
    weights = {name: sha256_file(more.path("models", name, "model.safetensors")) for name in ("fdgan", "copier")}
    assert predictions.about["generators"] == {**weights, "flat": None}
    items, _ = read_items(more.path(TESTSETS, f"{kind}.json"), kind)
    store = FrameStore(more.shards(PARAMS, "test"))
    alone = Predictions(workspace.path(PREDICTIONS, f"{kind}.parquet"))
    for item, (number, generated), (_, before) in zip(items, predictions, alone, strict=True):
        assert number == item.number and list(generated) == METHODS
        target = store.get(*item.target, [item.target_frame], 64)[0][0]
        for source in ("driver", "ldnet"):
            np.testing.assert_array_equal(generated["fdgan", source].images, before["fdgan", source].images)
            np.testing.assert_array_equal(generated["copier", source].landmarks, generated["fdgan", source].landmarks)
            assert np.abs(generated["copier", source].images.astype(int) - target).mean() < 4  # JPEG
            assert np.abs(generated["flat", source].images - target.mean(axis=(0, 1)) / 2).max() < 4


def test_every_table_has_rows_of_either_and_fdgans_are_as_alone(workspace, tables):
    for setting in ("self", "cross"):
        assert list(tables["table2"][setting])[:3] == list(tables["table3"][setting])[:3] == NAMES
        assert all(found.keys() == {"driver", "ldnet"} for found in list(tables["table2"][setting].values())[:3])
    assert list(tables["table4"]["measured"]) == [*NAMES, "copy_target"]
    for name, table in tables.items():
        figures, alone = dict(leaves(table)), dict(leaves(read_json(workspace.path(METRICS, f"{name}.json"))))
        assert {path: figure for path, figure in figures.items() if not {"copier", "flat"} & {*path}} == alone
        for added in ("copier", "flat"):
            of_it = {tuple("fdgan" if key == added else key for key in path) for path in figures if added in path}
            assert of_it == {path for path in alone if "fdgan" in path}


def test_the_second_generators_figures_are_its_own_and_the_paper_has_none(tables):
    own, target = tables["table3"]["self"]["copier"], tables["table3"]["self"]["copy_target"]
    assert own["ssim"]["value"] == pytest.approx(target["ssim"]["value"], abs=0.02)
    assert own["ssim"]["value"] - tables["table3"]["self"]["fdgan"]["ssim"]["value"] > 0.1
    assert all(entry["paper"] is None for table in tables.values() for path, entry in leaves(table) if {"copier", "flat"} & {*path})
    # The landmarks are LD-Net's, whoever generates from them.
    cross = tables["table2"]["cross"]
    assert cross["copier"]["ldnet"]["landmark_error"] == cross["fdgan"]["ldnet"]["landmark_error"]


def test_the_tables_as_shown_tell_the_rows_apart(shown):
    assert [tuple(row[:2]) for row in shown["table2"]] == [
        *(("SelfTest", f"{source}, {name}") for name in ("FD-GAN", "Copier", "Flat") for source in ("True", "LD-Net")),
        *(("CrossTest", f"{source}, {name}") for name in ("FD-GAN", "Copier", "Flat") for source in ("Driver's", "LD-Net")),
        ("CrossTest", "dlib on the driving frames (no method)"),
    ]
    assert [row[1] for row in shown["table3"]] == [
        "FD-GAN",
        "Copier",
        "Flat",
        "Target copied (no method)",
        "Driving frames (no method)",
        "Another subject's frames (no method)",
        "FD-GAN",
        "Copier",
        "Flat",
        "Target copied (no method)",
        "Driving frames (no method)",
    ]
    assert [row[1] for row in shown["table4"][:4]] == [
        *(f"{name} + LD-Net" for name in ("FD-GAN", "Copier", "Flat")),
        "Target copied (no method)",
    ]
    assert [row[0] for row in shown["table4"]] == ["Measured here"] * 4 + ["Published"] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_sheets_have_a_column_of_either_from_both_landmarks(more, kind):
    store, predictions = FrameStore(more.shards(PARAMS, "test")), Predictions(more.path(PREDICTIONS, f"{kind}.parquet"))
    opened = open_stored(store, more.path(TESTSETS), more.path(PREDICTIONS))[kind]
    sheet = result_sheet(opened.testset, [opened.results], [pair.number for pair in opened.testset.pairs])
    assert sheet.columns[3:] == ["FD-GAN", "Copier", "Flat", "LD-Net's", "FD-GAN", "Copier", "Flat"]
    for row, (_, generated) in zip(sheet.rows, predictions, strict=True):
        assert len(row.pictures) == len(sheet.columns)
        for column, method in zip((3, 4, 5, 7, 8, 9), [*METHODS[::2], *METHODS[1::2]], strict=True):
            np.testing.assert_array_equal(row.pictures[column], generated[method].images[1])
    height, width, _ = cv2.imread(str(more.path(RESULTS, "figures", f"{kind}.jpg"))).shape
    assert (height, width) == (26 + 2 * 132, 104 + 10 * 132)


def test_the_page_has_the_curves_and_weights_of_those_that_are_trained(more):
    text = more.path(RESULTS, "report.html").read_text(encoding="utf-8")
    for title in ("LD-Net", "FD-GAN", "Copier"):
        assert f"{title}: losses by iteration" in text
    assert sha256_file(more.path("models", "copier", "model.safetensors")) in text
    assert "Flat: losses" not in text and not more.path(FLAT.folder).exists()
    assert "FD-GAN generates the face" in text and "flat.brightness</code></th><td>0.5<" in text


def test_animate_takes_the_generator_that_the_folder_is_of(more):
    reenactor = load_reenactor(str(more.path(LDNET)), str(more.path(COPIER.folder)), CPU)
    assert type(reenactor.generator.network).__name__ == "Copier" and reenactor.size == 64


def test_animate_takes_a_generator_that_is_not_trained_by_its_name(more):
    reenactor = load_reenactor(str(more.path(LDNET)), "flat", CPU)
    assert (type(reenactor.generator).__name__, reenactor.generator.brightness) == ("Flat", 0.5)
    assert reenactor.generator.crop == CropSettings.of(MORE.shards)


def test_another_default_generates_the_page_and_the_video(more, monkeypatch, tmp_path):
    """The first trained one of the registry."""
    monkeypatch.setattr(enabled, "GENERATORS", {name: GENERATORS[name] for name in ("flat", "copier", "fdgan")})
    assert main_generator(MORE) is COPIER
    again = Workspace(tmp_path)
    for folder in ("data", "models", METRICS):
        shutil.copytree(more.path(folder), again.path(folder))
    predict_testsets(MORE, again)
    build_report(MORE, again)
    text = again.path(RESULTS, "report.html").read_text(encoding="utf-8")
    assert "Copier generates the face" in text and "FD-GAN generates" not in text
    entry = read_json(more.path(METRICS, "scores.json"))["self"]["copier"]["driver"]["ssim_face"]
    first = text[text.index('<ul class="strip">') : text.index("</ul>")]
    assert f'<data value="{entry["value"]}">{entry["value"]:.3f}</data>' in first


def test_only_those_that_are_trained_can_be_trained():
    with more_generators(COPIER, FLAT):
        assert list(fresh("reenact.cli").Network) == ["ldnet", "fdgan", "copier"]
        assert list(folders()) == list(titles()) == ["ldnet", "fdgan", "copier"]
        with pytest.raises(KeyError):
            training_of("flat", MORE)


def test_generators_of_different_image_sizes_are_refused(workspace, tmp_path):
    with more_generators(COPIER):
        places = predict_places(workspace)["generator_dirs"] | {"copier": make_copier(tmp_path / "copier", 80)}
        with pytest.raises(ReenactError, match=r"different image sizes \(fdgan 64, copier 80.*make them of one size"):
            predict(MORE, **predict_places(workspace) | {"generator_dirs": places, "out_dir": tmp_path / "out"}, device=CPU)
    assert not (tmp_path / "out").exists()
