from __future__ import annotations

import shutil
from statistics import mean

import cv2
import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.embedder import ParallelEmbedder
from reenact.evaluation.items import read_items
from reenact.evaluation.predictions import Predictions
from reenact.evaluation.score import score
from reenact.faces.embedding import FaceEmbedder
from reenact.files import read_json
from reenact.ldnet.landmarks import normalise
from reenact.ldnet.model import load_ldnet
from reenact.shards.frames import FrameStore
from reenact.testsets.lmtest import read_lmtest
from reenact.workspace import LDNET, METRICS, PREDICTIONS, TESTSETS


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b)))


def leaves(value, path=()):
    if isinstance(value, dict) and "value" in value:
        yield path, value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))


@pytest.fixture(scope="module")
def tables(workspace):
    return {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in ("table1", "table2", "table3")}


def test_every_figure_names_its_backend_and_its_count(tables):
    found = {f"{name}/{'/'.join(path)}": entry for name, table in tables.items() for path, entry in leaves(table)}
    assert len(found) == 15 + 4 + 14
    for name, entry in found.items():
        assert isinstance(entry["value"], float), name
        assert entry["backend"] and entry["n"] > 0, name
        assert entry["paper"] is None or isinstance(entry["paper"], float), name


def test_the_papers_figures_stand_beside(tables):
    one, two, three = tables.values()
    assert one["E_I"]["same_pose"]["paper"] == 3.1793 and one["E_P"]["same_pose"]["paper"] == 1.2730
    assert one["E_I"]["ratio_same_identity"]["paper"] == pytest.approx(0.534, abs=5e-4)
    assert one["E_P"]["ratio_same_pose"]["paper"] == pytest.approx(0.346, abs=1e-3)
    assert two["cross"]["ldnet"]["isim"]["paper"] == 0.7726
    assert three["self"]["fdgan"]["ssim"]["paper"] == 0.63
    assert three["self"]["fdgan"]["fd"]["paper"] is None


def test_table1_is_the_distance_between_reduced_codes(workspace, made, tables):
    from sklearn.decomposition import PCA

    lmtest = read_lmtest(workspace.path(TESTSETS, "lmtest.parquet"))
    points = normalise(lmtest.landmarks)[0]
    with torch.inference_mode():
        codes = load_ldnet(workspace.path(LDNET), torch.device("cpu")).encode_pose(torch.from_numpy(points.reshape(-1, 136))).numpy()
    grid = PCA(8).fit_transform(codes.astype(np.float64)).reshape(4, 12, 8)
    all_pairs = [np.linalg.norm(grid[i, f] - grid[i, g]) for i in range(4) for f in range(12) for g in range(12) if f != g]
    assert tables["table1"]["E_P"]["same_identity"]["value"] == pytest.approx(mean(all_pairs), rel=0.1)
    assert tables["table1"]["about"] == {"lmtest": lmtest.sha256, "identities": 4, "frames": 12}


def test_isim_and_ssim_are_means_over_all_frames(workspace, made, tables):
    store, embedder = FrameStore(workspace.shards(made.PARAMS, "test")), FaceEmbedder()
    items, _ = read_items(workspace.path(TESTSETS, "selftest.json"), "selftest")
    similarities, structures = [], []
    for number, painted in Predictions(workspace.path(PREDICTIONS, "selftest.parquet")):
        item = items[number]
        target, target_landmarks = store.get(*item.target, [item.target_frame], 64)
        truth, _ = store.get(*item.driver, item.frames, 64)
        results = painted["driver"]
        reference = embedder.embed(list(target), target_landmarks)[0]
        similarities += [cosine(embedding, reference) for embedding in embedder.embed(list(results.images), results.landmarks)]
        structures += [cv2_ssim(a, b) for a, b in zip(results.images, truth, strict=True)]
    assert tables["table2"]["self"]["driver"]["isim"]["value"] == pytest.approx(mean(similarities), abs=1e-6)
    assert tables["table3"]["self"]["fdgan"]["isim"] == tables["table2"]["self"]["driver"]["isim"] | {"paper": 0.63}
    assert tables["table3"]["self"]["fdgan"]["ssim"]["value"] == pytest.approx(mean(structures), abs=1e-6)


def cv2_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """SSIM through two-dimensional correlation with the outer product of the window, in place of separable blurring."""
    line = cv2.getGaussianKernel(11, 1.5)
    x, y = a.astype(np.float64), b.astype(np.float64)

    def window(image: np.ndarray) -> np.ndarray:
        return cv2.filter2D(image, -1, line @ line.T)[5:-5, 5:-5]

    mx, my = window(x), window(y)
    vx, vy, cov = window((x - 127) ** 2) - (mx - 127) ** 2, window((y - 127) ** 2) - (my - 127) ** 2, window(x * y) - mx * my
    return float(((2 * mx * my + 6.5025) * (2 * cov + 58.5225) / ((mx**2 + my**2 + 6.5025) * (vx + vy + 58.5225))).mean())


def test_reference_rows_frame_the_scale(tables):
    for setting in ("self", "cross"):
        rows = tables["table3"][setting]
        assert rows["copy_target"]["isim"]["value"] == pytest.approx(1)
        assert set(rows["driving_frames"]) == {"isim"}
        assert "rank" in rows["copy_target"]["fd"]["note"]
    assert "ssim" not in tables["table3"]["cross"]["fdgan"]
    assert tables["table3"]["self"]["copy_target"]["ssim"]["value"] > tables["table3"]["self"]["fdgan"]["ssim"]["value"]


def test_predictions_of_another_list_are_refused_and_kept(workspace, made, tmp_path):
    predictions = tmp_path / "predictions"
    shutil.copytree(workspace.path(PREDICTIONS), predictions)
    shutil.copy(predictions / "selftest.parquet", predictions / "crosstest.parquet")
    before = {path.name: path.read_bytes() for path in predictions.iterdir()}
    with pytest.raises(ReenactError, match="another crosstest list"):
        score(
            made.PARAMS, shards=workspace.shards(made.PARAMS, "test"), testsets=workspace.path(TESTSETS),
            ldnet_dir=workspace.path(LDNET), predictions=predictions, out_dir=tmp_path / "metrics",
        )  # fmt: skip
    assert {path.name: path.read_bytes() for path in predictions.iterdir()} == before


def test_embedding_in_several_processes_changes_nothing():
    rng = np.random.default_rng(0)
    images = list(rng.integers(0, 256, (5, 40, 40, 3), dtype=np.uint8))
    landmarks = rng.uniform(8, 32, (5, 68, 2)).astype(np.float32)
    with ParallelEmbedder(1) as alone, ParallelEmbedder(2) as together:
        np.testing.assert_array_equal(alone.embed(images, landmarks), together.embed(images, landmarks))
        assert together.embed([], np.empty((0, 68, 2), np.float32)).shape == (0, 128)
