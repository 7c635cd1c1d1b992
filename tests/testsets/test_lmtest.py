from __future__ import annotations

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reenact.errors import ReenactError
from reenact.face3d.facemodel import face_model
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.testsets.lmtest import read_lmtest, write_lmtest
from reenact.testsets.lmtest_build import cross
from reenact.testsets.sources import Identities, Performance

ASKED = {"subjects": 2, "frames": 60}


def identities(*shapes: np.ndarray, source: str = "photographs") -> Identities:
    return Identities(source, [f"p{number}" for number in range(len(shapes))], np.stack(shapes), {}, 0.02346)


def performance(blendshapes: np.ndarray, rotation: np.ndarray, source: str = "a video") -> Performance:
    return Performance(source, blendshapes, rotation, {"no face": 2}, 0.03)


@pytest.fixture
def people() -> Identities:
    model = face_model("anny")
    first, second = np.zeros((2, len(model.identity)))
    second[0] = 2.0
    return identities(*model.shapes(np.stack([first, second])))


@pytest.fixture
def motion() -> Performance:
    rng = np.random.default_rng(4)
    return performance(rng.uniform(0, 0.5, (60, len(BLENDSHAPES))), rng.uniform(-0.4, 0.4, (60, 3)))


def test_every_identity_is_shown_in_every_frame_with_both_labels(people, motion, tmp_path):
    table = cross(face_model("anny"), people, motion, 1, ASKED)
    assert table["identity"].to_pylist() == [0] * 60 + [1] * 60
    assert table["frame"].to_pylist() == [*range(60)] * 2
    write_lmtest(tmp_path / "lmtest.parquet", table)
    lmtest = read_lmtest(tmp_path / "lmtest.parquet")
    assert lmtest.landmarks.shape == (2, 60, 68, 2) and lmtest.landmarks.dtype == np.float32
    assert lmtest.landmarks[1, 7].ravel().tolist() == table["landmarks"][67].as_py()
    assert lmtest.names == ["p0", "p1"]


def test_an_identity_keeps_its_shape_and_a_frame_its_expression(people):
    blendshapes = np.zeros((3, len(BLENDSHAPES)))
    blendshapes[1, BLENDSHAPES.index("jawOpen")] = 1
    landmarks = np.array(cross(face_model("anny"), people, performance(blendshapes, np.zeros((3, 3))), 1, ASKED)["landmarks"].to_pylist())
    landmarks = landmarks.reshape(2, 3, 68, 2)
    np.testing.assert_array_equal(landmarks[0, 0], landmarks[0, 2])
    assert np.abs(landmarks[0, 0] - landmarks[1, 0]).max() > 1
    gap = landmarks[:, :, 66, 1] - landmarks[:, :, 62, 1]
    assert (gap[:, 1] > gap[:, 0] + 5).all()


def test_faces_lie_in_the_middle_of_the_frame(people, motion):
    landmarks = np.array(cross(face_model("anny"), people, motion, 1, ASKED)["landmarks"].to_pylist()).reshape(-1, 68, 2)
    np.testing.assert_allclose((landmarks.min(1) + landmarks.max(1)) / 2, 127.5, atol=1e-3)
    assert landmarks.min() > 0 and landmarks.max() < 255


def test_sources_that_do_not_fit_are_named(people, motion):
    model = face_model("anny")
    with pytest.raises(ReenactError, match="identities from photographs"):
        cross(model, identities(np.zeros((5, 3))), motion, 1, ASKED)
    with pytest.raises(ReenactError, match="performance from a video"):
        cross(model, people, performance(motion.blendshapes, np.zeros((3, 3))), 1, ASKED)
    with pytest.raises(ReenactError, match="performance from a video"):
        cross(model, people, performance(motion.blendshapes[:, :50], motion.rotation), 1, ASKED)


def test_other_and_damaged_files_are_refused(people, motion, tmp_path):
    path = tmp_path / "lmtest.parquet"
    with pytest.raises(ReenactError, match="is missing"):
        read_lmtest(path)
    table = cross(face_model("anny"), people, motion, 1, ASKED)
    pq.write_table(table.slice(1), path)
    with pytest.raises(ReenactError, match="does not hold the landmarks"):
        read_lmtest(path)
    about = json.loads(table.schema.metadata[b"reenact"])
    about["identities"]["names"].append("p2")  # of whom there are no landmarks
    pq.write_table(table.replace_schema_metadata({b"reenact": json.dumps(about)}), path)
    with pytest.raises(ReenactError, match="does not hold the landmarks"):
        read_lmtest(path)
    pq.write_table(table.replace_schema_metadata(None), path)
    with pytest.raises(ReenactError, match="no LMTest file"):
        read_lmtest(path)


def test_landmarks_that_were_changed_after_the_file_was_made_are_refused(people, motion, tmp_path):
    """One coordinate of one face: as many numbers as before, and another hash."""
    table = cross(face_model("anny"), people, motion, 1, ASKED)
    landmarks = table["landmarks"].to_pylist()
    landmarks[67][5] += 0.25
    column = pa.array(landmarks, table.schema.field("landmarks").type)
    write_lmtest(tmp_path / "lmtest.parquet", table.set_column(2, table.schema.field("landmarks"), column))
    with pytest.raises(ReenactError, match="does not hold the landmarks"):
        read_lmtest(tmp_path / "lmtest.parquet")


def test_the_footer_says_what_the_file_is_and_the_hash_is_of_the_landmarks(people, motion, tmp_path):
    table = cross(face_model("anny"), people, motion, 7, ASKED)
    about = json.loads(table.schema.metadata[b"reenact"])
    numbers = np.array(table["landmarks"].to_pylist(), "<f4")
    assert about["sha256"] == hashlib.sha256(numbers.tobytes()).hexdigest()
    assert (about["kind"], about["seed"], about["frame_size"], about["asked"]) == ("lmtest", 7, 256, ASKED)
    assert about["got"] == {"subjects": 2, "frames": 60}
    assert about["performance"] == {"frames": 60, "source": "a video", "left_out": {"no face": 2}, "residual": 0.03}
    assert about["identities"] == {"names": ["p0", "p1"], "source": "photographs", "left_out": {}, "residual": 0.0235}
    write_lmtest(tmp_path / "lmtest.parquet", table)
    origin = read_lmtest(tmp_path / "lmtest.parquet").origin
    assert origin == {
        "face_model": "anny",
        "identities": {"source": "photographs", "left_out": {}, "residual": 0.0235},
        "performance": about["performance"],
    }
