from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from reenact.evaluation.predictions import Method, Predictions
from reenact.evaluation.stored import open_stored
from reenact.faces.normalise import normalise
from reenact.faces.swap_picture import TRUTH
from reenact.ldnet.model import load_ldnet
from reenact.report.curves import read_curves, write_curves
from reenact.report.sheets import Row, Sheet, draw_sheet, landmark_pictures, result_sheet, spread
from reenact.report.swaps import swap_picture
from reenact.shards.frames import FrameStore
from reenact.testsets.items import read_items
from reenact.testsets.lmtest import read_lmtest
from reenact.workspace import LDNET, PREDICTIONS, RESULTS, TESTSETS
from tests.support.made_workspace import PARAMS


def test_pictures_stand_in_their_row_and_column():
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)]
    pictures = [np.full((32, 32, 3), colour, np.uint8) for colour in colours]
    canvas = np.asarray(draw_sheet(Sheet(["one", "two"], [Row("a", pictures[:2]), Row("b", pictures[2:])])))
    assert canvas.shape == (26 + 2 * 132, 104 + 2 * 132, 3)
    for colour, (row, column) in zip(colours, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        assert tuple(canvas[26 + row * 132 + 64, 104 + column * 132 + 64]) == colour
    assert canvas[:26].min() < 100 and canvas[26:158, :100].min() < 100  # the names and labels


def test_few_are_spread_over_all():
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread("abc", 8) == ["a", "b", "c"]
    assert spread([7], 3) == [7]


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("selftest", ["target", "driver = truth", "true landmarks", "result", "LD-Net's", "LD-Net result"]),
        ("crosstest", ["target", "driver", "driver's landmarks", "result", "LD-Net's", "LD-Net result"]),
    ],
)
def test_a_sheet_of_results_shows_the_frame_in_the_middle_of_each_item(workspace, kind, columns):
    store, predictions = FrameStore(workspace.shards(PARAMS, "test")), Predictions(workspace.path(PREDICTIONS, f"{kind}.parquet"))
    opened = open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS))[kind]
    found = result_sheet(opened.testset, [opened.results], [pair.number for pair in opened.testset.pairs])
    assert found.columns == columns
    items, _ = read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)
    for row, item, (_, generated) in zip(found.rows, items, predictions, strict=True):
        target, driver, drawn, result, transferred, with_ldnet = row.pictures
        for picture, clip, frame in ((target, item.target, item.target_frame), (driver, item.driver, item.frames[1])):
            np.testing.assert_array_equal(picture, store.get(*clip, [frame], 64)[0][0])
        for source, landmarks, picture in (("driver", drawn, result), ("ldnet", transferred, with_ldnet)):
            shown = generated[Method("fdgan", source)]
            np.testing.assert_array_equal(picture, shown.images[1])
            np.testing.assert_array_equal(landmarks, landmark_pictures(shown.landmarks[1:2], 64)[0])
        assert all(clip.subject in row.label for clip in (item.target, item.driver))


def test_swaps_are_ldnets_of_lmtest(workspace):
    lmtest, ldnet = read_lmtest(workspace.path(TESTSETS, "lmtest.parquet")), load_ldnet(workspace.path(LDNET), torch.device("cpu"))
    picture = swap_picture(lmtest, ldnet)
    people, frames = 4, 6
    assert picture.shape == (62 + (people + 1) * 124 + 30, 84 + (frames + 1) * 124, 3)
    on_disk = np.asarray(Image.open(workspace.path(RESULTS, "figures", "swaps.png")))
    np.testing.assert_array_equal(on_disk, picture)
    np.testing.assert_array_equal(swap_picture(lmtest, ldnet), picture)
    before = picture.copy()
    with torch.no_grad():
        ldnet.pose_encoder[0].bias.add_(1)
    after = swap_picture(lmtest, ldnet)
    given = (slice(None, 62 + 120), slice(None)), (slice(None), slice(None, 84 + 120))
    assert all((before[where] == after[where]).all() for where in given) and (before != after).any()


def test_a_perfect_ldnet_covers_the_truth(workspace):
    """Each cell is then the row's person in the column's frame: grey is only at the edges of blue lines."""
    lmtest = read_lmtest(workspace.path(TESTSETS, "lmtest.parquet"))
    points = torch.from_numpy(normalise(lmtest.landmarks)[0])

    class Perfect:
        """Codes are numbers of people and frames, found by looking the face up."""

        @staticmethod
        def encode_pose(faces):
            return torch.stack([(points == face).all(2).nonzero()[0, 1] for face in faces])[:, None]

        @staticmethod
        def encode_identity(faces):
            return torch.stack([(points == face).all(2).nonzero()[0, 0] for face in faces])[:, None]

        @staticmethod
        def generate(pose, identity):
            return points[identity[:, 0], pose[:, 0]]

    class Swapped(Perfect):
        """Gives the driver's own face to everybody."""

        @staticmethod
        def generate(pose, identity):
            return points[identity[0, 0], pose[:, 0]]

    right, wrong = (grey(swap_picture(lmtest, ldnet)) for ldnet in (Perfect, Swapped))
    assert right < 0.75 * wrong


def grey(picture: np.ndarray) -> int:
    """Pixels in which the truth can be seen, within the cells."""
    return int((picture[186:-30, 208:] == TRUTH).all(-1).sum())


def test_curves_have_points_only_where_a_loss_has_a_value(tmp_path):
    path = tmp_path / "curves.csv"
    path.write_text("iteration,phase1/a,phase2/b\n10,2.5,\n20,1.5,\n30,,0.25\n")
    curves = read_curves(path)
    assert list(curves) == ["phase1/a", "phase2/b"]
    np.testing.assert_array_equal(curves["phase1/a"], ([10, 20], [2.5, 1.5]))
    np.testing.assert_array_equal(curves["phase2/b"], ([30], [0.25]))
    write_curves(tmp_path / "curves.svg", curves)
    drawn = (tmp_path / "curves.svg").read_text()
    assert "phase1/a" in drawn and "phase2/b" in drawn and "<dc:date>" not in drawn
