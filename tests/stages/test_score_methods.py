"""Anybody's method gets its rows, sheets and cards by one command, in a project and without one."""

from __future__ import annotations

import base64
import html
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import mean

import mlflow
import numpy as np
import pytest
from mlflow.tracking import MlflowClient
from PIL import Image

from reenact.config.yaml_text import write_params
from reenact.errors import ReenactError
from reenact.evaluation.frames import read_frames
from reenact.files import read_json
from reenact.stages.export import export
from reenact.stages.score_methods import parsed_methods, score_methods
from reenact.testsets.exported import ExportedTestSet
from reenact.workspace import METRICS, READINGS, Workspace
from tests.support.by_hand import cv2_ssim, leaves
from tests.support.made_workspace import PARAMS
from tests.support.markdown import cells
from tests.support.page import Page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def alone(exported, methods, tmp_path_factory) -> Path:
    """What the command writes in a folder that is no project."""
    folder = tmp_path_factory.mktemp("alone")
    options = [f"--method={name}={path}" for name, path in methods.items()]
    options += [f"--testset={path}" for path in exported.values()]
    command = [sys.executable, "-c", "from reenact.cli import main; main()", "score", *options, "--out", "scores of two"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Wrote scores of two/report.html" in done.stdout
    assert "left out" not in done.stdout, "there is no project whose generators could be"
    assert {path.name for path in folder.iterdir()} == {"scores of two"}, "it writes nowhere else"
    return folder / "scores of two"


def test_each_method_has_its_rows_in_tables_3_and_4(alone):
    three, four = (cells((alone / f"{name}.md").read_text(encoding="utf-8")) for name in ("table3", "table4"))
    rows = [row[:2] for row in three[1:]]
    assert rows[:2] == [["SelfTest", "affine"], ["SelfTest", "truth"]] and ["CrossTest", "affine"] in rows
    assert [row[1] for row in four[1:3]] == ["affine", "truth"]


def test_its_figures_are_those_of_its_pictures(exported, methods, alone):
    testset, structures = ExportedTestSet(exported["selftest"]), []
    for pair in testset.pairs:
        files = sorted((methods["affine"] / "selftest" / f"{pair.number:04d}").iterdir())[pair.lead :]
        true = testset.driving(pair.number)[0]
        structures += [cv2_ssim(np.asarray(Image.open(file)), each) for file, each in zip(files, true, strict=True)]
    figures = read_json(alone / "table3.json")["self"]
    assert figures["affine"]["ssim"]["value"] == pytest.approx(mean(structures), abs=1e-6)
    assert figures["truth"]["ssim"]["value"] == pytest.approx(1)
    frames = read_frames(alone / "frames.parquet")
    own = frames[(frames["method"] == "affine") & (frames["setting"] == "self")]["ssim"]
    np.testing.assert_allclose(own, structures, atol=1e-6)


def test_each_figure_has_a_card_that_says_how_to_get_it_again(alone):
    scores = read_json(alone / "scores.json")
    figures = list(leaves({setting: scores[setting] for setting in ("self", "cross")}))
    assert len(figures) > 50
    for path, entry in figures:
        card = scores["cards"][entry["card"]]
        assert entry["backend"] == card["backend"] and card["metric"] == path[-1], path
        assert card["command"].startswith("reenact score --method=affine=") or "score" in card["command"]
        assert all(card[field] for field in ("title", "compared", "version", "weights", "input", "images", "reduction", "interval"))
    isim = scores["cards"][scores["self"]["affine"]["own"]["isim"]["card"]]
    assert isim["images"] == "PNG, 64 pixels a side" and "SHA-256" in isim["weights"] and "dlib" in isim["version"]


def test_each_method_has_its_column_in_the_sheets(alone):
    for kind in ("selftest", "crosstest"):
        width, height = Image.open(alone / f"{kind}.jpg").size
        assert (width, height) == (104 + 4 * 132, 26 + 2 * 132)


def test_all_of_it_is_on_one_page_that_needs_no_other_file(alone, exported):
    text = (alone / "report.html").read_text(encoding="utf-8")
    page, scores = Page(text), read_json(alone / "scores.json")
    assert page.has_all() and "affine and truth, measured" in text
    exact = {number for number, _ in page.shown}
    assert {entry["value"] for _, entry in leaves({setting: scores[setting] for setting in ("self", "cross")})} <= exact
    for file in ("selftest.jpg", "crosstest.jpg"):
        assert base64.b64encode((alone / file).read_bytes()).decode() in text
    for kind in exported:
        assert ExportedTestSet(exported[kind]).sha256 in text
    for words in read_json(alone / "sanity.json")["warnings"]:
        assert html.escape(words, quote=False).replace("'", "&#39;") in text


def test_in_a_project_its_generators_stand_beside_with_their_own_figures(workspace, exported, methods, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(workspace.root, tmp_path, dirs_exist_ok=True)
    write_params(PARAMS, tmp_path / "params.yaml")
    out, read = tmp_path / "scores", set((tmp_path / READINGS).iterdir())
    said = score_methods(PARAMS, tmp_path, {"a.f-_9": methods["affine"]}, list(exported.values()), out, 1, "reenact score")
    own, both = (read_json(path / "table3.json") for path in (workspace.path(METRICS), out))
    for setting in ("self", "cross"):
        for row in ("fdgan", "copy_target", "driving_frames"):
            for metric, entry in own[setting][row].items():
                assert both[setting][row][metric]["value"] == pytest.approx(entry["value"], abs=1e-5), (setting, row, metric)
        assert list(both[setting])[:2] == ["fdgan", "a.f-_9"]
    assert "Below are results of a.f-_9, and of FD-GAN beside them." in (out / "report.html").read_text(encoding="utf-8")
    assert both["cross"]["fdgan"]["isim"]["card"] != both["cross"]["a.f-_9"]["isim"]["card"], "one is kept as JPEG, the other as PNG"
    assert set((tmp_path / READINGS).iterdir()) == read, "what the workflow read stays as it is, and serves"
    added = list((out / ".scoring" / "readings").glob("*.npz"))
    assert len(added) == 2 * 2 * 5, "of each pair: the faces found in the new method's results, and four readers"
    (run,) = [words for words in said if "MLflow run" in words]
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    logged = MlflowClient().get_run(run.split()[-1].rstrip("."))
    assert logged.data.metrics["self/a.f-_9/own/ssim"] == pytest.approx(both["self"]["a.f-_9"]["ssim"]["value"])
    assert logged.data.tags["methods"] == "a.f-_9", "every letter that a name may have"
    assert {"report.html", "scores.json", "table3.md", "selftest.jpg"} <= {
        file.path for file in MlflowClient().list_artifacts(logged.info.run_id)
    }


def test_all_that_is_wrong_with_any_method_is_said_before_anything_is_scored(exported, methods, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(methods["affine"] / "selftest", broken)
    (broken / "0000" / "000001.png").unlink()
    shutil.rmtree(broken / "0001")
    other = tmp_path / "other"
    shutil.copytree(methods["affine"] / "selftest", other)
    Image.new("RGB", (32, 32)).save(other / "0001" / "000002.png")
    out = tmp_path / "scores"
    with pytest.raises(ReenactError) as caught:
        score_methods(PARAMS, tmp_path, {"one": broken, "two": other}, [exported["selftest"]], out, 1, "reenact score")
    one = ("results of one", "0000 has 3 frames, not 4", "no results of pair 0001")
    for words in (*one, "results of two", "000002.png is 32×32, not 64×64"):
        assert words in str(caught.value)
    assert not out.exists()


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"fdgan": "affine"}, "a row of this project has that name"),
        ({"copy_target": "affine"}, "a row of this project has that name"),
        ({"FD-GAN": "affine"}, "a row of this project has that name"),
        ({"fd-gan": "affine"}, "a row of this project has that name"),
        ({"a/b": "affine"}, "letters without accents, digits"),
        ({"a+b": "affine"}, "letters without accents, digits"),
        ({"\N{LATIN SMALL LETTER E WITH ACUTE}": "affine"}, "letters without accents, digits"),
        ({".a": "affine"}, "begins with a letter or digit"),
        ({"a" * 41: "affine"}, "40 at most"),
        ({"": "affine"}, "letters without accents, digits"),
        ({"mine": "affine", "Mine": "truth"}, "--method mine, but for upper and lower case, has that name"),
        ({}, "name both"),
    ],
)
def test_a_name_that_cannot_be_is_refused(exported, methods, tmp_path, named, words):
    folders = {name: methods[folder] for name, folder in named.items()}
    with pytest.raises(ReenactError, match=words):
        score_methods(PARAMS, tmp_path, folders, [exported["selftest"]], tmp_path / "out", 1, "")


def test_test_sets_that_do_not_go_together_are_refused(exported, methods, tmp_path):
    with pytest.raises(ReenactError, match="two test sets are of one kind"):
        score_methods(PARAMS, tmp_path, methods, [exported["selftest"]] * 2, tmp_path / "out", 1, "")
    with pytest.raises(ReenactError, match="has no folder selftest"):
        folder = {"a": methods["affine"] / "selftest"}
        score_methods(PARAMS, tmp_path, folder, list(exported.values()), tmp_path / "out", 1, "")


def test_options_name_a_method_and_a_folder():
    assert parsed_methods(["a=b", "c=d=e"]) == {"a": Path("b"), "c": Path("d=e")}
    for options, words in ((["a"], "not of the form NAME=FOLDER"), (["a="], "not of the form"), (["a=b", "a=c"], "is there twice")):
        with pytest.raises(ReenactError, match=words):
            parsed_methods(options)


def test_the_export_is_of_the_generators_size(workspace, exported, tmp_path):
    assert ExportedTestSet(exported["selftest"]).size == PARAMS.fdgan.image_size
    said = export(PARAMS, Workspace(workspace.root), "crosstest", tmp_path / "out", 96)
    assert "2 pairs, 6 frames of 96×96 pixels" in said
