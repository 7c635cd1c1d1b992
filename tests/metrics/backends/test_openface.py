"""How OpenFace's FeatureExtraction is run, and how its CSV is read. A stand-in with OpenFace's arguments and CSV runs in its place."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.metrics.backends import openface
from reenact.metrics.backends.openface import OpenFace, OpenFaceReading
from tests.support.openface_stand_in import install

STEP_OF_ROTATION, STEP_OF_UNITS = 0.0006, 0.006  # half of the CSV's last digit, and the rounding of float32


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, with a blank in its path; it is empty after each test, or something was left behind."""
    folder = tmp_path / "for a while"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert not list(folder.iterdir())


def pictures(count: int, side: int = 256, seed: int = 0) -> np.ndarray:
    """Smooth pictures, each another, with channels, halves and rows that differ."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 6, 6, 3), np.uint8)
    return np.stack([cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR) for picture in coarse])


def rotation(images: np.ndarray) -> np.ndarray:
    """What the stand-in calls the head's rotation, of (F, S, S, 3) RGB."""
    half = images.shape[1] // 2
    parts = images[:, :half, :, 0], images[:, :, :half, 1], images[..., 2]
    return np.stack([part.mean(axis=(1, 2), dtype=float) for part in parts], axis=1) / 255 - 0.5


def action_units(images: np.ndarray) -> np.ndarray:
    """What the stand-in calls action units, of (F, S, S, 3) RGB."""
    strips = np.array_split(images, 17, axis=1)
    return np.stack([5 / 255 * strip[..., i % 3].mean(axis=(1, 2), dtype=float) for i, strip in enumerate(strips)], axis=1)


def agree(reading: OpenFaceReading, images: np.ndarray) -> None:
    np.testing.assert_allclose(reading.rotation, rotation(images), atol=STEP_OF_ROTATION)
    np.testing.assert_allclose(reading.action_units, action_units(images), atol=STEP_OF_UNITS)


def test_every_frame_has_its_own_values(tmp_path: Path):
    images = pictures(12)
    assert np.ptp(rotation(images), axis=0).min() > 20 * STEP_OF_ROTATION, "frames must differ, or their order would not be seen"
    reading = OpenFace(install(tmp_path)).read(images)
    agree(reading, images)
    assert reading.found.dtype == bool and reading.found.all()
    assert reading.rotation.dtype == reading.action_units.dtype == np.float32
    assert reading.rotation.shape == (12, 3) and reading.action_units.shape == (12, 17)


@pytest.mark.parametrize("variant", ["plain", "blanks", "no face_id", "no numbers without success"])
def test_a_frame_without_success_has_no_values_and_the_others_keep_theirs(variant: str, tmp_path: Path):
    images = pictures(5)
    images[[0, 3]] = 0
    reading = OpenFace(install(tmp_path, variant)).read(images)
    assert reading.found.tolist() == [False, True, True, False, True]
    assert np.isnan(reading.rotation[~reading.found]).all() and np.isnan(reading.action_units[~reading.found]).all()
    agree(OpenFaceReading(reading.rotation[reading.found], reading.action_units[reading.found], reading.found), images[reading.found])


def test_no_face_at_all(tmp_path: Path):
    reading = OpenFace(install(tmp_path)).read(np.zeros((3, 256, 256, 3), np.uint8))
    assert not reading.found.any() and np.isnan(reading.rotation).all() and np.isnan(reading.action_units).all()


@pytest.mark.parametrize("side", [64, 255])
def test_small_pictures_are_enlarged_by_cubic_interpolation(side: int, tmp_path: Path):
    images = pictures(3, side)
    reading = OpenFace(install(tmp_path)).read(images)
    assert reading.found.all(), "the stand-in finds no faces in smaller pictures than 256"
    agree(reading, np.stack([cv2.resize(image, (256, 256), interpolation=cv2.INTER_CUBIC) for image in images]))


def test_large_pictures_stay_as_they_are(tmp_path: Path):
    """A change of size would move the borders of the 17 rows of noise."""
    images = np.random.default_rng(1).integers(0, 256, (1, 300, 300, 3), np.uint8)
    agree(OpenFace(install(tmp_path)).read(images), images)


def test_it_works_pickled_elsewhere_and_with_blanks_in_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    install(tmp_path / "my programs")
    monkeypatch.chdir(tmp_path)
    sent = pickle.dumps(OpenFace(Path("my programs/FeatureExtraction")))
    monkeypatch.chdir("/")
    agree(pickle.loads(sent).read(pictures(2)), pictures(2))


def test_models_where_the_command_was_typed_are_not_openfaces_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """OpenFace takes those of the current folder first."""
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    inner = install(tmp_path / "inner")
    program = script(tmp_path / "outer", f'[ -e model ] && {{ echo took the wrong models; exit 3; }}\nexec "{inner}" "$@"')
    agree(OpenFace(program).read(pictures(2)), pictures(2))


def test_the_card_says_which_program_and_what_it_was_given(tmp_path: Path):
    program = install(tmp_path)
    about = OpenFace(program).about()
    assert set(about) == {"backend", "version", "weights", "input"} and about["backend"] == "openface-2"
    assert hashlib.sha256(program.read_bytes()).hexdigest() in about["version"]
    assert "256" in about["input"] and "cubic" in about["input"]


def script(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "FeatureExtraction"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def test_no_program(tmp_path: Path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ReenactError, match=rf"evaluate\.openface: {path} is no file; name OpenFace"):
            OpenFace(path)


def test_a_program_that_may_not_be_executed(tmp_path: Path):
    program = install(tmp_path)
    program.chmod(0o644)
    with pytest.raises(ReenactError, match=rf"{program} may not be executed; .*evaluate\.openface"):
        OpenFace(program)


def test_a_program_that_the_machine_cannot_run(tmp_path: Path):
    program = install(tmp_path)
    program.write_bytes(b"MZ\x90\x00 a program for another system")
    with pytest.raises(ReenactError, match=rf"{program} does not run \(Exec format error\); .*evaluate\.openface"):
        OpenFace(program).read(pictures(1))


def test_a_program_that_went_away(tmp_path: Path):
    program = install(tmp_path)
    reader = OpenFace(program)
    program.unlink()
    with pytest.raises(ReenactError, match=rf"{program} does not run \(No such file or directory\); .*evaluate\.openface"):
        reader.read(pictures(1))
    with pytest.raises(ReenactError, match=rf"{program} is missing; .*evaluate\.openface"):
        reader.about()


FAILURES = {
    "status 1": r"ended with status 1 \(Reading .*; ERROR: Could not load the landmark detector\)",
    "signal": r"was ended by signal 11, Segmentation fault \(Reading .*\)",
    "no CSV": r"ended well but wrote no CSV \(Reading .*; Could not open .*frames\)",
    "no pose": r"wrote a CSV without the column pose_Rx and pose_Ry and pose_Rz",
    "no AU12": r"wrote a CSV without the column AU12_r",
    "no success": r"wrote a CSV without the column success",
    "empty": r"wrote a CSV without the column frame and success and .*",
    "a row short": r"wrote 2 rows for 3 frames",
    "a row more": r"wrote 4 rows for 3 frames",
    "a cell short": r"wrote row 3 with 45 values for 46 columns",
    "swapped": r"wrote frame 2 in row 1, .*",
    "from 0": r"wrote frame 0 in row 1, .*",
    "a word": r"wrote 'strong' in row 2 as AU04_r, which is no number",
    "no number": r"wrote '-nan' in row 2 as pose_Rz, which is no number",
}


@pytest.mark.parametrize("variant", FAILURES)
def test_a_failure_says_what_was_wrong_with_which_program(variant: str, tmp_path: Path):
    program = install(tmp_path, variant)
    with pytest.raises(ReenactError, match=rf"^{program} {FAILURES[variant]}; .*evaluate\.openface$"):
        OpenFace(program).read(pictures(3))


def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A pipe to a program that the script starts: its end comes when nobody has it open any more."""
    monkeypatch.setattr(openface, "SECONDS_TO_START", 0.5)
    monkeypatch.setattr(openface, "SECONDS_A_FRAME", 0.25)
    os.mkfifo(tmp_path / "alive")
    pipe = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    program = script(tmp_path / "bin", f'{{ echo up; exec sleep 600; }} > "{tmp_path}/alive" &\nwait')
    with pytest.raises(ReenactError, match=rf"{program} did not end within 1 s for 2 frames; .*evaluate\.openface"):
        OpenFace(program).read(pictures(2))
    assert os.read(pipe, 3) == b"up\n"
    deadline = time.monotonic() + 10
    while True:
        try:
            assert os.read(pipe, 1) == b""
            break
        except BlockingIOError:
            assert time.monotonic() < deadline, "sleep still runs"
            time.sleep(0.02)
    os.close(pipe)
