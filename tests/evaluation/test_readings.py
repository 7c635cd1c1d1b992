"""What figures are read from: the truth of rendered frames, and kept predictions."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from reenact import jpeg
from reenact.errors import ReenactError
from reenact.evaluation.ground_truth import open_ground_truth
from reenact.evaluation.score import score
from reenact.faces.normalise import normalise
from reenact.testsets.items import KINDS, read_items
from reenact.workspace import PREDICTIONS, TESTSETS
from tests.support.made_workspace import PARAMS, score_places, true_frames


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


def test_results_are_kept_as_jpeg_of_quality_95_with_red_first():
    image = np.zeros((16, 16, 3), np.uint8)
    image[..., 0], image[..., 2] = 200, 30
    data = jpeg.encode(image, 95)
    with Image.open(io.BytesIO(data)) as opened:
        np.testing.assert_allclose(np.asarray(opened).mean((0, 1)), [200, 0, 30], atol=3)
        tables = opened.quantization
    by_pillow = io.BytesIO()
    Image.fromarray(image).save(by_pillow, "JPEG", quality=95)
    with Image.open(by_pillow) as opened:
        assert tables == opened.quantization
    np.testing.assert_allclose(jpeg.decode(data), image, atol=4)


def test_predictions_of_fewer_items_are_refused(workspace, tmp_path):
    """A file of the right list whose last item is missing, and one whose items come in another order."""
    kept = workspace.path(PREDICTIONS)
    for name, picked in (("fewer", [0]), ("turned", [1, 0])):
        folder = tmp_path / name
        folder.mkdir()
        for kind in KINDS:
            with pq.ParquetFile(kept / f"{kind}.parquet") as file, pq.ParquetWriter(folder / f"{kind}.parquet", file.schema_arrow) as out:
                for group in picked:
                    out.write_table(file.read_row_group(group))
        with pytest.raises(ReenactError, match="is not of the items of"):
            score(PARAMS, **score_places(workspace) | {"predictions": folder, "out_dir": tmp_path / "out"})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"image_size": 80}, "image sizes"),
        ({"generators": {"fdgan": "0" * 64}}, "generators or weights of them"),
        ({"generators": {"other": None}}, "generators or weights of them"),
        ({"ldnet": "0" * 64}, "weights of LD-Net"),
        ({"placement": "relative"}, "placements"),
        ({"residual": 0.25}, "residuals"),
        ({"image_size": 80, "placement": "relative"}, "image sizes and placements"),
    ],
)
@pytest.mark.parametrize("of", KINDS)
def test_predictions_that_were_made_differently_are_refused(workspace, tmp_path, of, changed, words):
    kept = workspace.path(PREDICTIONS)
    for kind in KINDS:
        table = pq.read_table(kept / f"{kind}.parquet")
        about = json.loads(table.schema.metadata[b"reenact"]) | (changed if kind == of else {})
        pq.write_table(table.replace_schema_metadata({b"reenact": json.dumps(about).encode()}), tmp_path / f"{kind}.parquet")
    with pytest.raises(ReenactError, match=f"SelfTest and of CrossTest in .* are of different {words}; make them again"):
        score(PARAMS, **score_places(workspace) | {"predictions": tmp_path, "out_dir": tmp_path / "out"})
