from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from reenact.errors import ReenactError
from reenact.faces.crop import placement
from reenact.reenactment.portrait import read_target
from reenact.reenactment.target import Target
from tests.support.heads import upside_down

SIZE, SHOWN = 64, 256


@pytest.fixture
def read(reenactor):
    def run(path: Path, face: int | None = None) -> Target:
        return read_target(path, face, reenactor.generator.crop, SIZE, SHOWN)

    return run


@pytest.fixture
def crowd(faces, tmp_path) -> Path:
    """A picture of three: a middling face, the largest, a small one."""
    canvas = np.full((420, 900, 3), 90, np.uint8)
    for portrait, left, scale in ((faces[0], 10, 1.0), (faces[1], 280, 1.5), (faces[0], 690, 0.75)):
        matrix = np.array([[scale, 0, left], [0, scale, 20]])
        cv2.warpAffine(portrait, matrix, (900, 420), dst=canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
    Image.fromarray(canvas).save(tmp_path / "crowd.png")
    return tmp_path / "crowd.png"


def test_the_crop_is_the_extractions_rule(folder, read, reenactor):
    target = read(folder / "portrait.png")
    assert target.picture.shape == (SIZE, SIZE, 3) and target.shown.shape == (SHOWN, SHOWN, 3)
    # By the rule the landmarks' box, placed again, is the whole crop: side S about its middle.
    x, y, side = placement(target.landmarks + 0.5, reenactor.generator.crop.scale, reenactor.generator.crop.shift_up)
    np.testing.assert_allclose((x, y, side), (SIZE / 2, SIZE / 2, SIZE), atol=0.1)


def as_mode(path: Path, out: Path) -> Path:
    """The portrait at `path` saved anew in the form that `out`'s name says."""
    picture = Image.open(path).convert("RGB")
    match out.stem:
        case "transparent":
            picture.putalpha(Image.fromarray(np.pad(np.full((300, 300), 255, np.uint8), 10)))
        case "grey":
            picture = picture.convert("L")
        case "cmyk":
            picture = picture.convert("CMYK")
        case "palette":
            picture = picture.quantize(200)
        case "sixteen":
            picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
        case "odd":
            picture = picture.crop((0, 0, 319, 317))
        case "turned":
            exif = Image.Exif()
            exif[0x0112] = 6
            picture.rotate(90, expand=True).save(out, exif=exif)
            return out
    picture.save(out)
    return out


@pytest.mark.parametrize(
    "name", ["transparent.png", "grey.jpg", "cmyk.jpg", "palette.gif", "sixteen.png", "sixteen.tif", "odd.png", "turned.jpg"]
)
def test_portraits_of_every_form_show_the_same_face(folder, read, tmp_path, name):
    plain, other = read(folder / "portrait.png"), read(as_mode(folder / "portrait.png", tmp_path / name))
    assert np.linalg.norm(plain.landmarks - other.landmarks, axis=1).mean() < 1
    if name.startswith(("transparent", "odd", "turned")):
        assert np.abs(plain.picture.astype(int) - other.picture).mean() < 6


def test_of_several_faces_the_largest_is_taken_and_said_aloud(crowd, read, caplog):
    largest = read(crowd)
    assert "shows 3 faces; the largest is taken, number 2 from the left" in caplog.text
    caplog.clear()
    np.testing.assert_array_equal(read(crowd, 2).picture, largest.picture)
    left, right = read(crowd, 1), read(crowd, 3)
    assert caplog.text == ""
    # One and the same person, half as large again on the left.
    assert np.abs(left.picture.astype(int) - right.picture).mean() < 8 < np.abs(left.picture.astype(int) - largest.picture).mean()


@pytest.mark.parametrize("face", [4, 99])
def test_a_face_that_is_not_there(crowd, read, face):
    with pytest.raises(ReenactError, match=f"shows 3 faces; --face {face} must be from 1"):
        read(crowd, face)


def test_a_portrait_without_a_face(read, tmp_path):
    Image.new("RGB", (300, 200), (90, 120, 90)).save(tmp_path / "wall.png")
    with pytest.raises(ReenactError, match=r"wall\.png: no face was found"):
        read(tmp_path / "wall.png")


def test_a_portrait_that_is_upside_down(read, tmp_path):
    Image.fromarray(upside_down()).save(tmp_path / "turned.png")
    with pytest.raises(ReenactError, match=r"turned\.png: no upright face was found: landmarks fit no face"):
        read(tmp_path / "turned.png")
