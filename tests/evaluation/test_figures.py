"""Figures of the tables, and what they are read from, against the same in plain steps."""

from __future__ import annotations

import io
import json
from statistics import mean

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.linalg
import torch
from PIL import Image
from sklearn.decomposition import PCA

from reenact.errors import ReenactError
from reenact.evaluation.face_reader import FaceReader
from reenact.evaluation.ground_truth import open_ground_truth
from reenact.evaluation.items import ClipName, read_items
from reenact.evaluation.measure import Frames, Measured
from reenact.evaluation.predictions import Predictions, decode, encode
from reenact.evaluation.real import RealFaces
from reenact.evaluation.score import score
from reenact.evaluation.tables import encode as encode_codes
from reenact.evaluation.tables import table1, table2
from reenact.faces.embedding import BACKEND as FACES
from reenact.faces.embedding import FaceEmbedder
from reenact.faces.facemodel import face_model
from reenact.faces.fit import fit_clip
from reenact.faces.landmarks import followed_box, predict
from reenact.files import read_json
from reenact.ldnet.landmarks import normalise
from reenact.ldnet.model import load_ldnet
from reenact.metrics.ssim import ssim_map
from reenact.shards.frames import FrameStore
from reenact.testsets.lmtest import read_lmtest
from reenact.workspace import LDNET, METRICS, PREDICTIONS, TESTSETS
from tests.evaluation.made_workspace import PARAMS, score_places, true_frames
from tests.evaluation.test_score import cosine, cv2_ssim

KINDS = {"self": "selftest", "cross": "crosstest"}


@pytest.fixture(scope="module")
def tables(workspace):
    return {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in ("table1", "table2", "table3", "table4")}


@pytest.fixture(scope="module")
def seen(workspace):
    """For each test set, item after item: real frames, their embeddings, and each source's results with theirs."""
    store, embedder = FrameStore(workspace.shards(PARAMS, "test")), FaceEmbedder()
    found = {}
    for setting, kind in KINDS.items():
        items = {item.number: item for item in read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)[0]}
        found[setting] = []
        for number, painted in Predictions(workspace.path(PREDICTIONS, f"{kind}.parquet")):
            target = store.get(*items[number].target, [items[number].target_frame], 64)
            driving = store.get(*items[number].driver, items[number].frames, 64)
            results = {name: embedder.embed(list(each.images), each.landmarks) for name, each in painted.items()}
            embedded = (embedder.embed(list(images), points) for images, points in (target, driving))
            found[setting].append((target, driving, *embedded, painted, results))
    return found


@pytest.mark.parametrize("setting", KINDS)
@pytest.mark.parametrize("source", ["driver", "ldnet"])
def test_isim_is_the_cosine_with_the_target_image(tables, seen, setting, source):
    expected = [cosine(each, target[0]) for _, _, target, _, _, results in seen[setting] for each in results[source]]
    entry = tables["table2"][setting][source]["isim"]
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
    for _, (truth, points), _, _, painted, _ in seen["self"]:
        for image, true, landmarks in zip(painted["driver"].images, truth, points, strict=True):
            within = [(x, y) for y in range(5, 59) for x in range(5, 59) if inside_the_hull(x, y, landmarks)]
            structure = ssim_map(image, true)
            values.append(mean(float(structure[y - 5, x - 5]) for x, y in within))
    entry = tables["table3"]["self"]["fdgan"]["ssim_face"]
    assert (entry["value"], entry["n"]) == (pytest.approx(mean(values), abs=0.01), 6)
    assert abs(entry["value"] - tables["table3"]["self"]["fdgan"]["ssim"]["value"]) > 0.03


def inside_the_hull(x: float, y: float, landmarks: np.ndarray) -> bool:
    """Whether a point lies within the convex hull: seen from it, the landmarks then surround it."""
    angles = np.sort(np.arctan2(landmarks[:, 1] - y, landmarks[:, 0] - x))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    return bool(gaps.max() < np.pi)


def test_copying_the_target_is_measured_as_any_method(tables, seen):
    """Its SSIM in SelfTest is the target's with each true frame; its pose is the target's in every frame."""
    expected = [cv2_ssim(target[0][0], frame) for target, driving, *_ in seen["self"] for frame in driving[0]]
    assert tables["table3"]["self"]["copy_target"]["ssim"]["value"] == pytest.approx(mean(expected), abs=1e-6)
    assert tables["table3"]["self"]["copy_target"]["ssim"]["n"] == 6
    model, turned, expressed = face_model("anny"), [], []
    for (images, points), driving, *_ in seen["cross"]:
        still = fit_clip(model, predict(images[0], followed_box(points[0]))[None], 64)
        moving = fit_clip(model, np.stack([predict(*face) for face in zip(driving[0], map(followed_box, driving[1]), strict=True)]), 64)
        turned += [cosine(still.rotation[0], rotation) for rotation in moving.rotation]
        expressed += [float(np.linalg.norm(still.units[0] - units)) for units in moving.units]
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
    assert entry["self"]["driver"]["isim"]["value"] == pytest.approx(mean(expected), abs=1e-6)
    cross = [cosine(each, target[0]) for _, _, target, _, _, results in seen["cross"] for each in results["driver"]]
    assert entry["cross"]["driver"]["isim"]["value"] == pytest.approx(mean(cross), abs=1e-6), "the driver is another person"
    assert entry["about"]["isim_reference"] == "driver"
    assert read_json(tmp_path / "table3.json")["self"]["driving_frames"]["isim"]["value"] == pytest.approx(1)


def test_what_a_figure_was_made_of_stands_beside(workspace, tables):
    for name in ("table2", "table3", "table4"):
        about = tables[name]["about"]
        assert (about["image_size"], about["isim_reference"], about["placement"]) == (64, "target", PARAMS.evaluate.placement)
        for kind in KINDS.values():
            digest = read_json(workspace.path(TESTSETS, f"{kind}.json"))["sha256"]
            assert about[kind] == {"sha256": digest, "items": 2, "frames": 6}
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
    table, other = (table1(PARAMS.model_copy(update={"data_seed": seed}), lmtest, Plain()) for seed in (5, 6))
    figures = [{kind: figure["value"] for kind, figure in table[name].items()} for name in ("landmarks", "E_I", "E_P")]
    assert figures[0] == figures[1] == figures[2]
    assert other["landmarks"]["same_pose"]["value"] != figures[0]["same_pose"]


def test_codes_come_in_the_order_of_the_landmarks_whatever_their_number():
    points = np.random.default_rng(0).normal(size=(3, 2000, 136)).astype(np.float32)  # more than a batch
    codes = encode_codes(lambda batch: batch[:, :5] * 2, points)
    np.testing.assert_array_equal(codes, points[..., :5] * 2)


def test_frames_that_have_no_value_do_not_count(workspace):
    """SSIM within the face is NaN where the face lies at the border."""
    row = Frames(isim=[np.array([0.5, np.nan]), np.array([1.0, 1.0, 0.0])], psim=[np.ones(3)], ed=[np.zeros(3)])
    measured = Measured({"driver": row, "ldnet": row, "driving_frames": Frames()}, 2, 3, "fit")
    entry = table2({"self": measured}, {"a": 1})
    isim = entry["self"]["ldnet"]["isim"]
    assert (isim["value"], isim["n"]) == (0.625, 4)  # over frames, whatever clips they are of
    assert entry["about"] == {"a": 1} and entry["self"]["driver"]["psim"]["backend"] == "fit"


def test_frames_of_a_clip_come_in_the_order_asked_for_and_again(workspace, tmp_path):
    store = FrameStore(workspace.shards(PARAMS, "test"))
    clip = ClipName("test0", "v", "00001")
    with FaceReader(1, "anny", tmp_path) as reader:
        real = RealFaces(store, reader, 64)
        some = real.get(clip, [6, 2])
        more = real.get(clip, [2, 8, 6, 2])
        for one, other in (((some, 1), (more, 0)), ((some, 0), (more, 2)), ((more, 0), (more, 3))):
            for name in ("images", "landmarks"):
                np.testing.assert_array_equal(getattr(one[0], name)[one[1]], getattr(other[0], name)[other[1]])
            for a, b in zip(one[0].reading, other[0].reading, strict=True):
                np.testing.assert_array_equal(a[one[1]], b[other[1]])
        images, landmarks = store.get(*clip, [8], 64)
        alone = reader.read(list(images), landmarks)
        np.testing.assert_array_equal(more.reading.embeddings[1], alone.embeddings[0])
        np.testing.assert_array_equal(more.reading.landmarks[1], alone.landmarks[0])
        assert np.abs(more.images[1].astype(int) - more.images[0]).max() > 10


def test_a_heap_of_landmarks_is_looked_for_in_a_box_of_eight_pixels(tmp_path):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    heap = (np.array([22.0, 17.0]) + rng.uniform(-0.5, 0.5, (1, 68, 2))).astype(np.float32)
    x0, y0, x1, y1 = followed_box(heap[0])
    assert x1 - x0 < 8
    across, down = (x0 + x1) / 2, (y0 + y1) / 2
    with FaceReader(1, "anny", tmp_path) as reader:
        found = reader.read([image], heap).landmarks[0]
        spread = reader.read([image], heap + (heap - heap.mean(1)) * 40).landmarks[0]
    half = (8 / 2, (y1 - y0 + 8 - (x1 - x0)) / 2)
    np.testing.assert_allclose(found, predict(image, (across - half[0], down - half[1], across + half[0], down + half[1])), atol=1e-3)
    large = heap[0] + (heap[0] - heap[0].mean(0)) * 40
    np.testing.assert_allclose(spread, predict(image, followed_box(large)), atol=1e-3)


def test_truth_is_of_the_subjects_within_a_thousandth(workspace, tmp_path):
    """Of the box's half side: what float32 loses is less, another head more."""
    item = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][0]
    table = pq.read_table(score_places(workspace)["truth"])
    place = table.schema.get_field_index("landmarks")
    values = np.array(table["landmarks"].to_pylist()).reshape(len(table), 68, 2)
    half = np.ptp(values, axis=1).max(1) / 2
    for share, refused in ((3e-4, False), (3e-3, True)):
        moved = values.copy()
        moved[:, 30, 0] += share * half
        column = pa_column(moved, table.schema.field("landmarks").type)
        pq.write_table(table.set_column(place, table.schema.field("landmarks"), column), tmp_path / "truth.parquet")
        truth = open_ground_truth(tmp_path / "truth.parquet", PARAMS.data_seed)
        if refused:
            with pytest.raises(ReenactError, match="as the seed and the head model give them"):
                truth.of(item)
        else:
            landmarks = true_frames(item.driver.subject)[2]
            found = truth.of(item).driver
            assert np.abs(normalise(found)[0] - normalise(landmarks[list(item.frames)])[0]).max() < 1e-3


def pa_column(values: np.ndarray, kind):
    return pa.array(values.reshape(len(values), -1).tolist(), kind)


def test_results_are_kept_as_jpeg_of_quality_95_with_red_first():
    image = np.zeros((16, 16, 3), np.uint8)
    image[..., 0], image[..., 2] = 200, 30
    data = encode(image)
    with Image.open(io.BytesIO(data)) as opened:
        np.testing.assert_allclose(np.asarray(opened).mean((0, 1)), [200, 0, 30], atol=3)
        tables = opened.quantization
    by_pillow = io.BytesIO()
    Image.fromarray(image).save(by_pillow, "JPEG", quality=95)
    with Image.open(by_pillow) as opened:
        assert tables == opened.quantization
    np.testing.assert_allclose(decode(data), image, atol=4)


def test_predictions_of_fewer_items_are_refused(workspace, tmp_path):
    """A file of the right list whose last item is missing, and one whose items come in another order."""
    kept = workspace.path(PREDICTIONS)
    for name, picked in (("fewer", [0]), ("turned", [1, 0])):
        folder = tmp_path / name
        folder.mkdir()
        for kind in KINDS.values():
            with pq.ParquetFile(kept / f"{kind}.parquet") as file, pq.ParquetWriter(folder / f"{kind}.parquet", file.schema_arrow) as out:
                for group in picked:
                    out.write_table(file.read_row_group(group))
        with pytest.raises(ReenactError, match="is not of the items of"):
            score(PARAMS, **score_places(workspace) | {"predictions": folder, "out_dir": tmp_path / "out"})


def test_predictions_of_two_sizes_are_refused(workspace, tmp_path):
    kept = workspace.path(PREDICTIONS)
    for kind in KINDS.values():
        table = pq.read_table(kept / f"{kind}.parquet")
        about = json.loads(table.schema.metadata[b"reenact"])
        about["image_size"] += 16 * (kind == "selftest")
        pq.write_table(table.replace_schema_metadata({b"reenact": json.dumps(about).encode()}), tmp_path / f"{kind}.parquet")
    with pytest.raises(ReenactError, match="different image sizes"):
        score(PARAMS, **score_places(workspace) | {"predictions": tmp_path, "out_dir": tmp_path / "out"})


def test_the_truth_of_the_target_is_its_own_head_in_the_drivers_pose(workspace):
    """And of the driver what was stored, in the order of the item's frames."""
    item = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][0]
    turned = type(item)(item.number, item.target, item.target_frame, item.driver, item.reference_frame, item.frames[::-1])
    truth = open_ground_truth(score_places(workspace)["truth"], PARAMS.data_seed)
    np.testing.assert_array_equal(truth.of(item).driver, truth.of(turned).driver[::-1])
    np.testing.assert_array_equal(truth.of(item).target, truth.of(turned).target[::-1])
    _, _, stored = true_frames(item.driver.subject)
    np.testing.assert_allclose(truth.of(item).driver, 2 * stored[list(item.frames)] + 0.5, atol=1e-3)


def test_the_truth_is_of_the_drivers_own_clip(workspace, tmp_path):
    """Other clips and videos of the subject have frames of the same numbers."""
    item = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][0]
    table = pq.read_table(score_places(workspace)["truth"])
    own = open_ground_truth(score_places(workspace)["truth"], PARAMS.data_seed).of(item)
    parts = [table]
    for name, value in (("clip", "00002"), ("video", "w")):
        other = table.take(list(range(len(table)))[::-1])
        for column, values in (("frame", table["frame"]), (name, pa.array([value] * len(table), table.schema.field(name).type))):
            other = other.set_column(table.schema.get_field_index(column), table.schema.field(column), values)
        parts.append(other)
    pq.write_table(pa.concat_tables(parts), tmp_path / "truth.parquet")
    found = open_ground_truth(tmp_path / "truth.parquet", PARAMS.data_seed).of(item)
    for one, other in zip(own, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_figure_names_the_tool_that_made_it(tables):
    backends = {}
    for table in (tables["table2"], tables["table3"], {"cross": tables["table4"]["measured"]}):
        for setting in table.keys() - {"about"}:
            for row in table[setting].values():
                for metric, figure in row.items():
                    backends.setdefault(metric, set()).add(figure["backend"])
    assert backends == {
        "isim": {FACES},
        "fd": {FACES},
        "psim": {"headmodel-anny"},
        "ed": {"headmodel-anny"},
        "ssim": {"ssim-gaussian-11-1.5-range-255-rgb"},
        "ssim_face": {"ssim-gaussian-11-1.5-range-255-rgb"},
        "landmark_error": {"headmodel-truth"},
    }
