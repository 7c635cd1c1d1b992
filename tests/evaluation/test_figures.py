"""Figures of the tables against the same in plain steps."""

from __future__ import annotations

from statistics import mean

import numpy as np
import pytest
import scipy.linalg
import torch
from sklearn.decomposition import PCA

from reenact.evaluation.cards import Cards
from reenact.evaluation.face_finder import find_faces
from reenact.evaluation.predictions import Method, Predictions
from reenact.evaluation.score import score
from reenact.evaluation.tables import encode, table1
from reenact.face3d.facemodel import face_model
from reenact.face3d.fit import fit_clip
from reenact.faces.embedding import BACKEND as FACES
from reenact.faces.embedding import FaceEmbedder
from reenact.faces.normalise import normalise
from reenact.files import read_json
from reenact.ldnet.model import load_ldnet
from reenact.metrics.ssim import ssim_map
from reenact.reenactment.transfer import SOURCES
from reenact.shards.frames import FrameStore
from reenact.testsets.items import read_items
from reenact.testsets.lmtest import read_lmtest
from reenact.workspace import LDNET, METRICS, PREDICTIONS, TESTSETS
from tests.support.by_hand import cosine, cv2_ssim, inside_the_hull, leaves
from tests.support.made_workspace import PARAMS, score_places

KINDS = {"self": "selftest", "cross": "crosstest"}


@pytest.fixture(scope="module")
def tables(workspace):
    return {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in ("table1", "table2", "table3", "table4")}


@pytest.fixture(scope="module")
def seen(workspace):
    """For each test set, item after item: real frames, their embeddings, and FD-GAN's results from each source with theirs."""
    store, embedder = FrameStore(workspace.shards(PARAMS, "test")), FaceEmbedder()
    found = {}
    for setting, kind in KINDS.items():
        items = {item.number: item for item in read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)[0]}
        found[setting] = []
        for number, by_method in Predictions(workspace.path(PREDICTIONS, f"{kind}.parquet")):
            generated = {source: by_method[Method("fdgan", source)] for source in SOURCES}
            stored = store.get(*items[number].driver, items[number].frames, 64)
            pictures = (store.get(*items[number].target, [items[number].target_frame], 64), stored)
            target, driving = ((images, find_faces(images, stand_in)[0]) for images, stand_in in pictures)
            faces = {name: find_faces(each.images, target[1])[0] for name, each in generated.items()}
            results = {name: embedder.embed(list(each.images), faces[name]) for name, each in generated.items()}
            embedded = (embedder.embed(list(images), points) for images, points in (target, driving))
            found[setting].append((target, driving, *embedded, generated, results))
    return found


@pytest.mark.parametrize("setting", KINDS)
@pytest.mark.parametrize("source", ["driver", "ldnet"])
def test_isim_is_the_cosine_with_the_target_image(tables, seen, setting, source):
    expected = [cosine(each, target[0]) for _, _, target, _, _, results in seen[setting] for each in results[source]]
    entry = tables["table2"][setting]["fdgan"][source]["isim"]
    assert (entry["value"], entry["n"]) == (pytest.approx(mean(expected), abs=1e-6), 6)
    assert entry["backend"].startswith("dlib")
    driving = [cosine(each, target[0]) for _, _, target, driving, _, _ in seen[setting] for each in driving]
    assert tables["table3"][setting]["driving_frames"]["isim"]["value"] == pytest.approx(mean(driving), abs=1e-6)


@pytest.mark.parametrize(
    ("setting", "row", "source"), [("self", "fdgan", "driver"), ("cross", "fdgan", "ldnet"), ("cross", "copy_target", None)]
)
def test_fd_is_between_the_rows_embeddings_and_the_driving_frames(tables, seen, setting, row, source):
    rows = [results[source] if source else np.repeat(target, 3, 0) for _, _, target, _, _, results in seen[setting]]
    ours = np.concatenate(rows).astype(np.float64)
    theirs = np.concatenate([driving for _, _, _, driving, _, _ in seen[setting]]).astype(np.float64)
    a, b = (np.cov(x.T) for x in (ours, theirs))
    root = scipy.linalg.sqrtm(a @ b + 1e-12 * np.eye(len(a))).real
    expected = ((ours.mean(0) - theirs.mean(0)) ** 2).sum() + np.trace(a + b - 2 * root)
    entry = tables["table3"][setting][row]["fd"]
    assert (entry["value"], entry["n"]) == (pytest.approx(expected, abs=2e-3), 6)


def test_ssim_within_the_face_is_over_the_hull_of_the_true_landmarks(tables, seen):
    """The definition's SSIM at each pixel, and each pixel in or out of the hull by the sign of cross products."""
    values = []
    for _, (truth, points), _, _, generated, _ in seen["self"]:
        for image, true, landmarks in zip(generated["driver"].images, truth, points, strict=True):
            within = [(x, y) for y in range(5, 59) for x in range(5, 59) if inside_the_hull(x, y, landmarks)]
            structure = ssim_map(image, true)
            values.append(mean(float(structure[y - 5, x - 5]) for x, y in within))
    entry = tables["table3"]["self"]["fdgan"]["ssim_face"]
    assert (entry["value"], entry["n"]) == (pytest.approx(mean(values), abs=0.01), 6)
    assert abs(entry["value"] - tables["table3"]["self"]["fdgan"]["ssim"]["value"]) > 0.03


def test_copying_the_target_is_measured_as_any_method(tables, seen):
    """Its SSIM in SelfTest is the target's with each true frame; its pose is the target's in every frame."""
    expected = [cv2_ssim(target[0][0], frame) for target, driving, *_ in seen["self"] for frame in driving[0]]
    assert tables["table3"]["self"]["copy_target"]["ssim"]["value"] == pytest.approx(mean(expected), abs=1e-6)
    assert tables["table3"]["self"]["copy_target"]["ssim"]["n"] == 6
    model, turned, expressed = face_model("anny"), [], []
    for (_, points), driving, *_ in seen["cross"]:
        still, moving = fit_clip(model, np.repeat(points, 32, axis=0), 64), fit_clip(model, driving[1], 64)
        turned += [cosine(still.rotation[0], rotation) for rotation in moving.rotation]
        expressed += [float(np.linalg.norm(still.blendshapes[0] - blendshapes)) for blendshapes in moving.blendshapes]
    entry = tables["table4"]["measured"]["copy_target"]
    assert entry["psim"]["value"] == pytest.approx(mean(turned), abs=1e-5)
    assert entry["ed"]["value"] == pytest.approx(mean(expressed), abs=1e-5)


def test_isims_reference_can_be_the_true_frame(workspace, seen, tmp_path):
    params = PARAMS.model_copy(update={"evaluate": PARAMS.evaluate.model_copy(update={"isim_reference": "driver"})})
    score(params, **score_places(workspace) | {"out_dir": tmp_path})
    entry = read_json(tmp_path / "table2.json")
    expected = [
        cosine(one, other) for *_, driving, _, results in seen["self"] for one, other in zip(results["driver"], driving, strict=True)
    ]
    assert entry["self"]["fdgan"]["driver"]["isim"]["value"] == pytest.approx(mean(expected), abs=1e-6)
    cross = [cosine(each, target[0]) for _, _, target, _, _, results in seen["cross"] for each in results["driver"]]
    assert entry["cross"]["fdgan"]["driver"]["isim"]["value"] == pytest.approx(mean(cross), abs=1e-6), "the driver is another person"
    assert entry["about"]["isim_reference"] == "driver"
    assert read_json(tmp_path / "table3.json")["self"]["driving_frames"]["isim"]["value"] == pytest.approx(1)


def test_what_a_figure_was_made_of_stands_beside(workspace, tables):
    for name in ("table2", "table3", "table4"):
        about = tables[name]["about"]
        assert (about["image_size"], about["isim_reference"]) == (64, "target")
        assert (about["placement"], about["residual"]) == (PARAMS.evaluate.placement, PARAMS.evaluate.residual)
        for kind in KINDS.values():
            digest = read_json(workspace.path(TESTSETS, f"{kind}.json"))["sha256"]
            assert about[kind] == {"sha256": digest, "items": 2, "frames": 6, "subjects": 2}
    assert tables["table3"]["about"]["landmarks"] == {"self": "driver", "cross": "ldnet"}


def test_table_1_is_over_the_same_pairs_and_names_its_reduction(workspace, tables):
    """E_P, E_I and the landmarks themselves: each kind of pair by enumeration, to within the draw of 500."""
    lmtest = read_lmtest(workspace.path(TESTSETS, "lmtest.parquet"))
    points = normalise(lmtest.landmarks)[0]
    ldnet = load_ldnet(workspace.path(LDNET), torch.device("cpu"))
    with torch.inference_mode():
        flat = torch.from_numpy(points.reshape(-1, 136))
        spaces = {"E_P": ldnet.encode_pose(flat).numpy(), "E_I": ldnet.encode_identity(flat).numpy(), "landmarks": flat.numpy()}
    for name, codes in spaces.items():
        grid = PCA(8).fit_transform(codes.astype(np.float64)).reshape(4, 12, 8)
        pairs = [(i, f, j, g) for i in range(4) for f in range(12) for j in range(4) for g in range(12)]
        distance = {key: float(np.linalg.norm(grid[key[0], key[1]] - grid[key[2], key[3]])) for key in pairs}
        same_identity = mean(d for (i, f, j, g), d in distance.items() if i == j and f != g)
        same_pose = mean(d for (i, f, j, g), d in distance.items() if i != j and f == g)
        both = mean(d for (i, f, j, g), d in distance.items() if i != j and f != g)
        entry = tables["table1"][name]
        assert entry["same_identity"]["value"] == pytest.approx(same_identity, rel=0.1), name
        assert entry["same_pose"]["value"] == pytest.approx(same_pose, rel=0.1), name
        assert entry["both_different"]["value"] == pytest.approx(both, rel=0.1), name
        for kind in ("same_identity", "same_pose"):
            ratio = entry[kind]["value"] / entry["both_different"]["value"]
            assert entry[f"ratio_{kind}"]["value"] == pytest.approx(ratio)
        assert {figure["n"] for figure in entry.values()} == {500}
        assert {figure["backend"] for figure in entry.values()} == {"pca-euclidean-8"}
    assert all(figure["paper"] is None for figure in tables["table1"]["landmarks"].values())


class Plain:
    """Encoders whose codes are the landmarks."""

    @staticmethod
    def encode_identity(points: torch.Tensor) -> torch.Tensor:
        return points

    encode_pose = encode_identity


def test_table_1_draws_the_same_pairs_for_each_space(workspace):
    lmtest = read_lmtest(workspace.path(TESTSETS, "lmtest.parquet"))
    drawn = (PARAMS.model_copy(update={"data_seed": seed}) for seed in (5, 6))
    table, other = (table1(params, lmtest, Plain(), Cards({}, "target", ""), "ab12") for params in drawn)
    assert "LD-Net's, SHA-256 ab12" in table["cards"]["distance"]["weights"]
    names = ("value", "low", "high")
    figures = [{kind: [each[name] for name in names] for kind, each in table[space].items()} for space in ("landmarks", "E_I", "E_P")]
    assert figures[0] == figures[1] == figures[2]
    assert not {other["landmarks"]["same_pose"][name] for name in names} & set(figures[0]["same_pose"])


def test_codes_come_in_the_order_of_the_landmarks_whatever_their_number():
    points = np.random.default_rng(0).normal(size=(3, 2000, 136)).astype(np.float32)  # more than a batch
    codes = encode(lambda batch: batch[:, :5] * 2, points)
    np.testing.assert_array_equal(codes, points[..., :5] * 2)


def test_a_figure_names_the_tool_that_made_it(tables):
    backends = {}
    for name in ("table2", "table3", "table4"):
        for path, figure in leaves(tables[name]):
            backends.setdefault(path[-1], set()).add(figure["backend"])
    assert backends == {
        "isim": {FACES},
        "fd": {FACES},
        "psim": {"headmodel-anny"},
        "ed": {"headmodel-anny"},
        "ssim": {"ssim-gaussian-11-1.5-range-255-rgb"},
        "ssim_face": {"ssim-gaussian-11-1.5-range-255-rgb"},
        "landmark_error": {"headmodel-truth"},
    }
