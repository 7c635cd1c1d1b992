"""Generators that the parameters do not enable are in no prediction, no table and no picture, and need no network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.enabled import enabled, main_generator, network_folders
from reenact.evaluation.predict import predict
from reenact.evaluation.predictions import Predictions
from reenact.evaluation.score import score
from reenact.evaluation.stored import open_stored
from reenact.files import read_json
from reenact.generators.registry import GENERATORS
from reenact.report.build import build_report
from reenact.report.sheets import result_sheet
from reenact.shards.frames import FrameStore
from reenact.stages.evaluate import predict_testsets
from reenact.stages.skip import skip
from reenact.testsets.items import KINDS
from reenact.workspace import METRICS, PREDICTIONS, RESULTS, TESTSETS, Workspace
from tests.support.by_hand import leaves
from tests.support.made_workspace import PARAMS, predict_places, score_places
from tests.support.second_generator import COPIER, FLAT, MORE, MoreParams, more_generators


def without(*names: str) -> MoreParams:
    """The parameters of three generators without those of these names."""
    return MORE.model_copy(update={name: getattr(MORE, name).model_copy(update={"enabled": False}) for name in names})


@pytest.fixture(autouse=True)
def three() -> Iterator[None]:
    with more_generators(COPIER, FLAT):
        yield


@pytest.fixture(scope="module")
def partly(workspace, tmp_path_factory) -> Workspace:
    """The finished workspace anew, with FD-GAN and Flat; the copier is not enabled."""
    found = Workspace(tmp_path_factory.mktemp("partly"))
    for folder in ("data", "models"):
        shutil.copytree(workspace.path(folder), found.path(folder))
    with more_generators(COPIER, FLAT):
        params = without("copier")
        skip(COPIER, params, found)
        predict_testsets(params, found)
        score(params, **score_places(found))
        build_report(params, found)
    return found


def test_those_that_are_enabled_stand_in_the_registrys_order():
    assert list(enabled(MORE)) == ["fdgan", "copier", "flat"], "one without the key is enabled"
    assert enabled(without("copier")) == {name: GENERATORS[name] for name in ("fdgan", "flat")}
    assert network_folders(without("copier")) == {"ldnet": "models/ldnet", "fdgan": "models/fdgan"}
    assert list(network_folders(MORE)) == ["ldnet", "fdgan", "copier"]


@pytest.mark.parametrize(("off", "main"), [((), "fdgan"), (("fdgan",), "copier"), (("fdgan", "copier"), "flat")])
def test_the_main_generator_is_the_first_that_is_trained(off, main):
    assert main_generator(without(*off)).name == main


def test_parameters_that_enable_none_are_an_error_that_names_the_keys(workspace, tmp_path, monkeypatch):
    monkeypatch.delitem(GENERATORS, "flat")
    params = without("fdgan", "copier")
    with pytest.raises(ReenactError, match=r"enables no generator.*set at least one of these to true: fdgan\.enabled, copier\.enabled$"):
        predict(params, **predict_places(workspace) | {"out_dir": tmp_path / "out"}, device=torch.device("cpu"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_and_sheets_are_of_the_others(partly, kind):
    predictions = Predictions(partly.path(PREDICTIONS, f"{kind}.parquet"))
    assert list(predictions.about["generators"]) == ["fdgan", "flat"]
    for _, results in predictions:
        assert {method.generator for method in results} == {"fdgan", "flat"}
    opened = open_stored(FrameStore(partly.shards(PARAMS, "test")), partly.path(TESTSETS), partly.path(PREDICTIONS))[kind]
    sheet = result_sheet(opened.testset, [opened.results], [0, 1])
    assert sheet.columns[3:] == ["FD-GAN", "Flat", "LD-Net's", "FD-GAN", "Flat"]


def test_tables_have_no_row_of_it_and_the_others_figures_are_as_alone(workspace, partly):
    for name in ("table1", "table2", "table3", "table4"):
        figures, alone = (dict(leaves(read_json(place.path(METRICS, f"{name}.json")))) for place in (partly, workspace))
        assert {path: figure for path, figure in figures.items() if "flat" not in path} == alone


def test_the_report_shows_the_networks_that_results_were_made_with(partly):
    text = partly.path(RESULTS, "report.html").read_text(encoding="utf-8")
    assert "FD-GAN: losses by iteration" in text and "Copier: losses" not in text
    assert "it off: Copier." in text
    assert {path.name for path in partly.path(RESULTS, "figures").glob("*.svg")} == {"ldnet-curves.svg", "fdgan-curves.svg", "ledger.svg"}
    assert "copier.enabled</code></th><td>False<" in text


def test_a_report_needs_no_trained_generator(partly, tmp_path):
    again, params = Workspace(tmp_path), without("fdgan", "copier")
    for folder in ("data", "models/ldnet"):
        shutil.copytree(partly.path(folder), again.path(folder))
    predict_testsets(params, again)
    score(params, **score_places(again))
    build_report(params, again)
    text = again.path(RESULTS, "report.html").read_text(encoding="utf-8")
    assert "Flat generates the face" in text and "LD-Net: losses by iteration" in text and "FD-GAN: losses" not in text
    assert again.path(RESULTS, "crosstest.mp4").stat().st_size > 0


@pytest.mark.parametrize("make", [lambda found: score(MORE, **score_places(found)), lambda found: build_report(MORE, found)])
def test_predictions_of_other_generators_than_those_that_are_enabled_are_refused(partly, make):
    with pytest.raises(ReenactError, match=r"selftest\.parquet has results of fdgan, flat, but params\.yaml enables fdgan, copier, flat"):
        make(partly)
