from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from reenact.errors import ReenactError
from reenact.faces.headmodel import UNITS, head_model
from reenact.testsets.lmtest import read_lmtest, write_lmtest
from reenact.testsets.lmtest_build import build_lmtest, cross
from reenact.testsets.sources import Identities, Performance, unseen_identities, unseen_performance


def test_every_identity_is_shown_in_every_frame_with_both_labels(with_testsets, tmp_path):
    table = build_lmtest(with_testsets(lmtest_subjects=3, lmtest_frames=4))
    assert table["identity"].to_pylist() == [0] * 4 + [1] * 4 + [2] * 4
    assert table["frame"].to_pylist() == [0, 1, 2, 3] * 3
    write_lmtest(tmp_path / "lmtest.parquet", table)
    lmtest = read_lmtest(tmp_path / "lmtest.parquet")
    assert lmtest.landmarks.shape == (3, 4, 68, 2) and lmtest.landmarks.dtype == np.float32
    assert lmtest.landmarks[2, 1].ravel().tolist() == table["landmarks"][9].as_py()
    assert lmtest.names == ["lm00000", "lm00001", "lm00002"]


def test_an_identity_keeps_its_shape_and_a_frame_its_expression():
    model = head_model()
    identities = unseen_identities(2, seed=1)
    still = Performance("a still", np.zeros((3, len(UNITS))), np.zeros((3, 3)))
    landmarks = np.array(cross(model, identities, still, 1)["landmarks"].to_pylist()).reshape(2, 3, 68, 2)
    np.testing.assert_array_equal(landmarks[0, 0], landmarks[0, 2])
    assert np.abs(landmarks[0, 0] - landmarks[1, 0]).max() > 1
    opened = np.zeros((1, len(UNITS)))
    opened[0, UNITS.index("jawOpen")] = 1
    moving = Performance("a wide mouth", np.concatenate([still.units[:1], opened]), np.zeros((2, 3)))
    landmarks = np.array(cross(model, identities, moving, 1)["landmarks"].to_pylist()).reshape(2, 2, 68, 2)
    gap = landmarks[:, :, 66, 1] - landmarks[:, :, 62, 1]
    assert (gap[:, 1] > gap[:, 0] + 5).all()


def test_faces_lie_in_the_middle_of_the_frame(with_testsets):
    table = build_lmtest(with_testsets(lmtest_subjects=2, lmtest_frames=60))
    landmarks = np.array(table["landmarks"].to_pylist()).reshape(-1, 68, 2)
    np.testing.assert_allclose((landmarks.min(1) + landmarks.max(1)) / 2, 127.5, atol=1e-3)
    assert landmarks.min() > 0 and landmarks.max() < 255


def test_the_seed_alone_decides(with_testsets):
    first, again, other = (build_lmtest(with_testsets(seed=seed, lmtest_subjects=2, lmtest_frames=3)) for seed in (1, 1, 2))
    assert first.equals(again, check_metadata=True)
    assert not first.equals(other)


def test_further_frames_leave_the_first_as_they_are():
    short, long = unseen_performance(30, seed=4), unseen_performance(120, seed=4)
    np.testing.assert_array_equal(long.units[:30], short.units)
    np.testing.assert_array_equal(long.rotation[:30], short.rotation)
    assert long.units.shape == (120, len(UNITS)) and long.rotation.shape == (120, 3)


def test_sources_that_do_not_fit_are_named():
    model = head_model()
    identities = Identities("photographs", ["a"], np.zeros((1, 5, 3)))
    performance = Performance("a video", np.zeros((2, len(UNITS))), np.zeros((2, 3)))
    with pytest.raises(ReenactError, match="identities from photographs"):
        cross(model, identities, performance, 1)
    identities = Identities("photographs", ["a"], model.average[None])
    with pytest.raises(ReenactError, match="performance from a video"):
        cross(model, identities, Performance("a video", performance.units, np.zeros((3, 3))), 1)


def test_other_and_damaged_files_are_refused(with_testsets, tmp_path):
    path = tmp_path / "lmtest.parquet"
    with pytest.raises(ReenactError, match="is missing"):
        read_lmtest(path)
    table = build_lmtest(with_testsets(lmtest_subjects=2, lmtest_frames=2))
    pq.write_table(table.slice(1), path)
    with pytest.raises(ReenactError, match="does not hold the landmarks"):
        read_lmtest(path)
    pq.write_table(table.replace_schema_metadata(None), path)
    with pytest.raises(ReenactError, match="no LMTest file"):
        read_lmtest(path)
