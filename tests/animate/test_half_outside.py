"""A target whose face is half outside the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.errors import ReenactError
from tests.support.scenes import save, scene


@pytest.fixture
def first_picture(animate, folder, tmp_path):
    """The result's first picture, the driver's landmarks taken as they are, (S, S, 3): `first_picture(portrait, generator)`."""

    def run(portrait: Path, generator: str) -> np.ndarray:
        out = tmp_path / f"{portrait.stem} by {generator}"
        animate(
            portrait,
            folder / "silent.mp4",
            out,
            "--generator",
            generator,
            "--landmarks",
            "driver",
            "--image-sequence",
            "--duration",
            "0.05",
        )
        return np.asarray(Image.open(out / "000000.png")).astype(int)

    return run


@pytest.mark.parametrize("generator", ["warp", "released"])
def test_the_half_that_is_seen_is_animated_as_in_a_whole_portrait(faces, folder, first_picture, tmp_path, generator):
    """The network that comes with the package, and the warp. Where the portrait shows nothing, its border is repeated."""
    half = first_picture(save(tmp_path / "half.png", scene((faces[0], -110, 30, 1))), generator)
    whole = first_picture(folder / "portrait.png", generator)
    side = len(whole)
    assert half.shape == whole.shape
    seen, unseen = (np.abs(half - whole)[side // 3 : -side // 8, columns].mean() for columns in np.s_[side // 2 : -side // 4, : side // 3])
    assert seen < 16 < unseen


def test_a_smaller_part_is_no_face(faces, animate, folder, tmp_path):
    portrait = save(tmp_path / "rest.png", scene((faces[0], -150, 30, 1)))
    with pytest.raises(ReenactError, match=r"rest\.png: no face was found; a portrait needs one of about 40 pixels or more"):
        animate(portrait, folder / "silent.mp4", tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
