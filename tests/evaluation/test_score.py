from __future__ import annotations

import shutil
from statistics import mean

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.face_finder import find_faces
from reenact.evaluation.ground_truth import open_ground_truth
from reenact.evaluation.predictions import Method, Predictions
from reenact.evaluation.score import score
from reenact.face3d.facemodel import face_model
from reenact.face3d.fit import fit_clip
from reenact.face3d.headmodel import Camera, head_model
from reenact.faces.embedding import FaceEmbedder
from reenact.faces.normalise import normalise
from reenact.files import read_json
from reenact.ldnet.model import load_ldnet
from reenact.shards.frames import FrameStore
from reenact.synthetic.truth import FRAMES_SCHEMA
from reenact.testsets.items import read_items
from reenact.testsets.lmtest import read_lmtest
from reenact.workspace import LDNET, METRICS, PREDICTIONS, TESTSETS
from tests.support.by_hand import cosine, cv2_ssim, leaves
from tests.support.made_workspace import PARAMS, score_places, true_frames, true_shape

FDGAN = Method("fdgan", "driver")


@pytest.fixture(scope="module")
def tables(workspace):
    return {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in ("table1", "table2", "table3", "table4")}


def test_every_figure_names_its_backend_and_its_count(tables):
    found = {f"{name}/{'/'.join(path)}": entry for name, table in tables.items() for path, entry in leaves(table)}
    # Five metrics with the truth in CrossTest's Table 2 and its floor; in Table 3 one row more in SelfTest.
    assert len(found) == 15 + (4 * 3 + 3) + (4 + 4 + 4 + 3 + 3 * 2) + 2 * 4
    for name, entry in found.items():
        assert isinstance(entry["value"], float), name
        assert entry["backend"] and entry["n"] > 0, name
        assert entry["paper"] is None or isinstance(entry["paper"], float), name


def test_the_papers_figures_stand_beside(tables):
    one, two, three, four = tables.values()
    kinds = ("same_identity", "same_pose", "both_different", "ratio_same_identity", "ratio_same_pose")
    assert {space: [one[space][kind]["paper"] for kind in kinds] for space in ("E_I", "E_P")} == {
        "E_I": [2.0431, 3.1793, 3.8274, 0.5338, 0.8307],
        "E_P": [3.5171, 1.2730, 3.6744, 0.9572, 0.3465],
    }
    published = {
        setting: {row: [two[setting]["fdgan"][row][metric]["paper"] for metric in ("isim", "psim", "ed")] for row in ("driver", "ldnet")}
        for setting in ("self", "cross")
    }
    assert published == {
        "self": {"driver": [0.7986, 0.9134, 0.1296], "ldnet": [0.7984, 0.8950, 0.1655]},
        "cross": {"driver": [0.7145, 0.8615, 0.2080], "ldnet": [0.7726, 0.8398, 0.2430]},
    }
    assert four["published"] == {
        "x2face": {"isim": 0.6347, "psim": 0.302, "ed": 0.448, "fid": 101.72},
        "first_order": {"isim": 0.7699, "psim": 0.822, "ed": 0.274, "fid": 55.94},
        "ours": {"isim": 0.7762, "psim": 0.840, "ed": 0.243, "fid": 67.68},
    }
    assert [four["measured"]["fdgan"][metric]["paper"] for metric in ("isim", "psim", "ed")] == [0.7762, 0.840, 0.243]
    assert [three["cross"]["fdgan"][metric]["paper"] for metric in ("isim", "fd")] == [0.7726, None]
    assert four["measured"]["copy_target"]["psim"]["paper"] is None
    assert three["self"]["fdgan"]["ssim"]["paper"] == 0.63
    assert three["self"]["fdgan"]["fd"]["paper"] is None


def test_table1_is_the_distance_between_reduced_codes(workspace, tables):
    from sklearn.decomposition import PCA

    lmtest = read_lmtest(workspace.path(TESTSETS, "lmtest.parquet"))
    points = normalise(lmtest.landmarks)[0]
    with torch.inference_mode():
        codes = load_ldnet(workspace.path(LDNET), torch.device("cpu")).encode_pose(torch.from_numpy(points.reshape(-1, 136))).numpy()
    grid = PCA(8).fit_transform(codes.astype(np.float64)).reshape(4, 12, 8)
    all_pairs = [np.linalg.norm(grid[i, f] - grid[i, g]) for i in range(4) for f in range(12) for g in range(12) if f != g]
    assert tables["table1"]["E_P"]["same_identity"]["value"] == pytest.approx(mean(all_pairs), rel=0.1)
    about = tables["table1"]["about"]
    assert (about["lmtest"], about["identities"], about["frames"]) == (lmtest.sha256, 4, 12)
    assert about["origin"]["identities"]["source"] == "random people"


def test_isim_and_ssim_are_means_over_all_frames(workspace, tables):
    store, embedder = FrameStore(workspace.shards(PARAMS, "test")), FaceEmbedder()
    items, _ = read_items(workspace.path(TESTSETS, "selftest.json"), "selftest")
    similarities, structures = [], []
    for number, generated in Predictions(workspace.path(PREDICTIONS, "selftest.parquet")):
        item = items[number]
        target, target_landmarks = store.get(*item.target, [item.target_frame], 64)
        truth, _ = store.get(*item.driver, item.frames, 64)
        results = generated[FDGAN]
        still = find_faces(target, target_landmarks)[0]
        reference = embedder.embed(list(target), still)[0]
        faces = find_faces(results.images, still)[0]
        similarities += [cosine(embedding, reference) for embedding in embedder.embed(list(results.images), faces)]
        structures += [cv2_ssim(a, b) for a, b in zip(results.images, truth, strict=True)]
    assert tables["table2"]["self"]["fdgan"]["driver"]["isim"]["value"] == pytest.approx(mean(similarities), abs=1e-6)
    assert tables["table3"]["self"]["fdgan"]["isim"] == tables["table2"]["self"]["fdgan"]["driver"]["isim"] | {"paper": 0.63}
    assert tables["table3"]["self"]["fdgan"]["ssim"]["value"] == pytest.approx(mean(structures), abs=1e-6)


def test_reference_rows_frame_the_scale(tables):
    for setting in ("self", "cross"):
        rows = tables["table3"][setting]
        assert rows["copy_target"]["isim"]["value"] == pytest.approx(1)
        assert rows["driving_frames"]["fd"]["value"] == pytest.approx(0, abs=1e-6)
        assert "rank" in rows["copy_target"]["fd"]["note"]
    assert "ssim" not in tables["table3"]["cross"]["fdgan"] and "shuffled" not in tables["table3"]["cross"]
    truth, other = (tables["table3"]["self"][row] for row in ("driving_frames", "shuffled"))
    assert truth["ssim"]["value"] == pytest.approx(1) and other["ssim"]["value"] < 0.9
    assert "fd" not in other, "other people's frames are the same set"
    assert tables["table3"]["self"]["copy_target"]["ssim"]["value"] > tables["table3"]["self"]["fdgan"]["ssim"]["value"]


def test_psim_and_ed_compare_fits_of_landmarks_found_anew(workspace, tables):
    """Item by item in plain steps: the predictor in either image, one identity a clip, then cosine and norm."""
    store, model = FrameStore(workspace.shards(PARAMS, "test")), face_model("anny")
    items, _ = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")
    similarities, distances = [], []
    for number, generated in Predictions(workspace.path(PREDICTIONS, "crosstest.parquet")):
        target = store.get(*items[number].target, [items[number].target_frame], 64)
        driving = fit_clip(model, find_faces(*store.get(*items[number].driver, items[number].frames, 64))[0], 64)
        result = fit_clip(model, find_faces(generated[FDGAN].images, find_faces(*target)[0])[0], 64)
        similarities += [cosine(a, b) for a, b in zip(result.rotation, driving.rotation, strict=True)]
        distances += [np.sqrt(((a - b) ** 2).sum()) for a, b in zip(result.blendshapes, driving.blendshapes, strict=True)]
    entry = tables["table2"]["cross"]["fdgan"]["driver"]
    assert entry["psim"]["value"] == pytest.approx(mean(similarities), abs=1e-6)
    assert entry["ed"]["value"] == pytest.approx(mean(distances), abs=1e-6)
    assert entry["psim"]["backend"] == entry["ed"]["backend"] == "headmodel-anny"
    assert entry["psim"]["n"] == entry["ed"]["n"] == len(distances) == 6


def test_table4_measures_ldnets_results_in_crosstest(tables):
    two, three, four = tables["table2"]["cross"], tables["table3"]["cross"], tables["table4"]["measured"]
    for metric in ("isim", "psim", "ed"):
        assert four["fdgan"][metric]["value"] == two["fdgan"]["ldnet"][metric]["value"]
    assert four["fdgan"]["fd"]["value"] == three["fdgan"]["fd"]["value"]
    assert four["copy_target"]["isim"]["value"] == pytest.approx(1)


def test_landmarks_are_compared_with_the_targets_head_doing_what_the_driver_does(workspace, tables):
    items, _ = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")
    errors = []
    for item in items:
        blendshapes, rotation, landmarks = true_frames(item.driver.subject)
        frames = list(item.frames)
        wanted = head_model().landmarks(true_shape(item.target.subject), blendshapes[frames], rotation[frames], Camera(1000))
        for found, true in zip(landmarks[frames].astype(float), wanted.astype(float), strict=True):
            sides = [np.ptp(points, axis=0).max() for points in (found, true)]
            middles = [(points.max(axis=0) + points.min(axis=0)) / 2 for points in (found, true)]
            moved = (found - middles[0]) * sides[1] / sides[0] + middles[1]
            errors.append(np.hypot(*(moved - true).T).mean() / np.hypot(*(true[36] - true[45])))
    cross = tables["table2"]["cross"]
    driver, ldnet = (cross["fdgan"][source]["landmark_error"]["value"] for source in ("driver", "ldnet"))
    assert driver == pytest.approx(mean(errors), abs=1e-5)
    assert ldnet > 0
    assert ldnet != pytest.approx(mean(errors), rel=0.1)
    # The made-up shard has the true landmarks in place of dlib's.
    assert cross["driving_frames"]["landmark_error"]["value"] == pytest.approx(0, abs=1e-5)
    assert not any("landmark_error" in path for path, _ in leaves(tables["table2"]["self"]))


def test_a_corpus_without_truth_has_no_landmark_error(workspace, tables, tmp_path):
    places = score_places(workspace) | {"truth": tmp_path / "frames.parquet", "out_dir": tmp_path}
    pq.write_table(FRAMES_SCHEMA.empty_table(), places["truth"])
    score(PARAMS, **places)
    table = read_json(tmp_path / "table2.json")
    assert table["cross"].keys() == {"fdgan"} and table["cross"]["fdgan"].keys() == {"driver", "ldnet"}
    assert all(found.keys() == {"isim", "psim", "ed"} for found in table["cross"]["fdgan"].values())
    assert table["self"] == tables["table2"]["self"]


def test_truth_of_other_subjects_or_without_the_frames_is_refused(workspace, tmp_path):
    truth = tmp_path / "frames.parquet"
    item = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][0]
    table = pq.read_table(score_places(workspace)["truth"])
    pq.write_table(table, truth)
    with pytest.raises(ReenactError, match="as the seed and the head model give them"):
        open_ground_truth(truth, PARAMS.data_seed + 1).of(item)
    pq.write_table(table.filter(pc.field("frame") == 0), truth)
    with pytest.raises(ReenactError, match="lacks frame"):
        open_ground_truth(truth, PARAMS.data_seed).of(item)
    with pytest.raises(ReenactError, match="is missing"):
        open_ground_truth(tmp_path / "nothing.parquet", PARAMS.data_seed)


def test_predictions_of_another_list_are_refused_and_kept(workspace, tmp_path):
    predictions = tmp_path / "predictions"
    shutil.copytree(workspace.path(PREDICTIONS), predictions)
    shutil.copy(predictions / "selftest.parquet", predictions / "crosstest.parquet")
    before = {path.name: path.read_bytes() for path in predictions.iterdir()}
    with pytest.raises(ReenactError, match="another crosstest list"):
        score(PARAMS, **score_places(workspace) | {"predictions": predictions, "out_dir": tmp_path / "metrics"})
    assert {path.name: path.read_bytes() for path in predictions.iterdir()} == before
