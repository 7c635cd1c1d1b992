"""What LD-Net is measured by, where the right figures are known."""

from __future__ import annotations

import numpy as np
import pytest
from torch import Tensor

from benchmarks.landmark_grids import Grid, grids
from benchmarks.real_people import own_clip_errors, people_auc
from benchmarks.transfer_error import transfer_errors
from reenact.shards.writer import ShardWriter
from tests.support.echo import Echo


class FirstPoints(Echo):
    """The identity code is four of the points."""

    def encode_identity(self, landmarks: Tensor) -> Tensor:
        return landmarks[:, :8]


@pytest.fixture(scope="module")
def families() -> dict[str, Grid]:
    return grids(3, 20, [])


def test_a_network_that_gives_the_driver_back_is_as_wrong_as_the_driver(families):
    for grid in families.values():
        errors = transfer_errors(Echo(), grid)
        assert errors["over_driver"]["shape"] == pytest.approx(1, abs=1e-3)
        assert errors["shape"]["driver"] > 0.01
        assert errors["placed"]["ldnet"] == pytest.approx(errors["placed"]["driver"], abs=1e-3)
        assert set(errors["by_part"]) == {"jaw", "brows", "nose", "eyes", "mouth"}
        parts = [(errors["by_part"][part]["driver"], points) for part, points in zip(errors["by_part"], (17, 10, 9, 12, 20), strict=True)]
        assert sum(error * points for error, points in parts) / 68 == pytest.approx(errors["shape"]["driver"], abs=2e-4)


def test_people_who_are_almost_the_same_have_hardly_any_shape_error(families):
    one = families["rendered people's"].landmarks[0]
    errors = transfer_errors(Echo(), Grid(np.stack([one, one + np.random.default_rng(0).normal(0, 0.02, one.shape)]), None))
    assert errors["shape"]["driver"] < 1e-3 and errors["shape"]["moved"] > 0.01
    assert "by_yaw" not in errors


def test_the_3d_fit_knows_the_heads_that_it_is_a_model_of(families):
    assert transfer_errors(Echo(), families["rendered people's"])["shape"]["3D fit"] < 0.03


def test_errors_by_yaw_are_of_frames_turned_either_way(families):
    """Two people of one still face. Nose and inner mouth of the second, a quarter of the points, are moved up in each frame."""
    face = families["rendered people's"].landmarks[0, 0].astype(np.float64)
    moved = [*range(27, 36), *range(60, 68)]
    up = np.array([0, 24, 4, 8, 16, 12, 20]) / 100  # outer-eye distances, by frame: a quarter of it is the mean error
    yaw = np.array([0.0, -30, -10, -9.9, 19.9, 15, 20])
    clips = np.repeat(np.stack([face, face])[:, None], len(yaw), 1)
    clips[1, :, moved, 1] -= up * np.linalg.norm(face[45] - face[36])
    by_yaw = transfer_errors(Echo(), Grid(clips, yaw))["by_yaw"]
    assert {band: errors["driver"] for band, errors in by_yaw.items()} == {
        "0 to 10": pytest.approx((0 + 0.02) / 2, abs=2e-4),  # 0, -9.9
        "10 to 20": pytest.approx((0.01 + 0.04 + 0.03) / 3, abs=2e-4),  # -10, 19.9, 15
        "20 to 90": pytest.approx((0.06 + 0.05) / 2, abs=2e-4),  # -30, 20
    }


def test_people_are_told_apart_by_what_does_not_change_in_them(tmp_path):
    """The first points are each person's own, in all clips; the others are noise."""
    random = np.random.default_rng(0)
    path = tmp_path / "shard.parquet"
    with ShardWriter(path, {}, 10) as shard:
        for person in range(4):
            own = random.uniform(0, 256, (4, 2))
            for clip in range(2):
                for frame in range(10):
                    landmarks = np.concatenate([[[0, 0], [256, 256]], own, random.uniform(0, 256, (62, 2))])
                    shard.write(row(person, clip, frame, landmarks))
                shard.end_clip()
    found = people_auc(FirstPoints(), [path])
    assert (found["people"], found["people_between"], found["frames"]) == (4, 4, 80)
    assert found["auc"]["E_I"] > 0.95 and found["auc"]["landmarks"] < 0.8
    own = own_clip_errors(Echo(), [path])  # all boxes are the same, so it does not matter how they move
    assert own["relative"] == pytest.approx(0, abs=1e-3) and own["absolute"] == pytest.approx(0, abs=1e-3)


def row(person: int, clip: int, frame: int, landmarks: np.ndarray) -> dict:
    """A shard's row without a picture worth the name."""
    return {
        "subject": f"p{person}", "video": "v", "clip": f"{clip:05d}", "frame": frame, "time": frame / 25, "image": b"none",
        "landmarks": landmarks.astype(np.float32).ravel(), "crop_box": [0.0, 0.0, 256.0, 256.0], "score": 1.0, "flags": 1,
    }  # fmt: skip


def test_crops_put_every_face_at_the_same_place(families):
    """But for the smoothing: without it a box would be 1 / 1.8 of the crop, a tenth of the crop below its middle."""
    for grid in families.values():
        landmarks = grid.cropped().landmarks
        low, high = landmarks.min(2), landmarks.max(2)
        side = (high - low).max(-1)
        assert np.abs(side / 256 - 1 / 1.8).mean() < 0.02
        assert np.abs((low + high) / 2 / 256 - [0.5, 0.6]).mean() < 0.02
