"""Which face of a photograph, and which frames of a video, LMTest is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.face3d.facemodel import face_model
from reenact.testsets.fitted import fitted_identities, fitted_performance
from reenact.video.encode import VideoWriter
from tests.support.inputs.strange import person

SIZE = (640, 320)  # width, height


@pytest.fixture(scope="module")
def model():
    return face_model("anny")


def scene(*placed: tuple[int, float, float, float]) -> np.ndarray:
    """Grey, with people: number, left and top edge of the portrait in pixels, scale."""
    canvas = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    for number, left, top, scale in placed:
        matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
        cv2.warpAffine(person(number), matrix, SIZE, dst=canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
    return canvas


def asking(subjects: int, frames: int = 60) -> Params:
    return Params.model_validate({"testsets": {"lmtest_subjects": subjects, "lmtest_frames": frames}})


@pytest.fixture
def photographs(tmp_path: Path) -> Callable[..., list[Path]]:
    def save(name: str, *pictures: np.ndarray) -> list[Path]:
        paths = [tmp_path / name / f"{number}.png" for number in range(len(pictures))]
        paths[0].parent.mkdir()
        for path, picture in zip(paths, pictures, strict=True):
            Image.fromarray(picture).save(path)
        return paths

    return save


def test_the_largest_face_of_a_photograph_is_taken(model, photographs):
    """Whatever stands beside it, on either side, and however central that is."""
    large, small = (5, 330, 20, 1.1), (7, 20, 60, 0.7)
    other, central = (7, 10, 20, 1.1), (5, 330, 80, 0.6)
    alone = fitted_identities(model, photographs("alone", scene(large), scene(other)), "", asking(2))
    both = fitted_identities(model, photographs("both", scene(small, large), scene(central, other)), "", asking(2))
    of_two_people = np.abs(alone.shapes[0] - alone.shapes[1]).mean()
    assert np.abs(both.shapes - alone.shapes).mean() < of_two_people / 5
    assert (both.names, both.left_out) == (["0.png", "1.png"], {})


def test_so_many_people_as_asked_are_drawn_and_the_seed_says_which(model, photographs):
    pictures = photographs("many", *(scene((number, 150, 20, 1)) for number in (5, 7, 5, 7, 5)))
    drawn = [fitted_identities(model, pictures, "", asking(2).model_copy(update={"data_seed": seed})).names for seed in range(6)]
    assert all(len(names) == 2 and names == sorted(names) for names in drawn)
    assert len(set(map(tuple, drawn))) > 1


def test_two_people_are_enough_and_one_is_not(model, photographs):
    pictures = photographs("two", scene((5, 150, 20, 1)), scene((7, 150, 20, 1)))
    assert fitted_identities(model, pictures, "", asking(9)).names == ["0.png", "1.png"]
    with pytest.raises(ReenactError, match="at least 2 pictures"):
        fitted_identities(model, pictures[:1], "", asking(9))


def film(path: Path, seen: list[bool]) -> Path:
    with VideoWriter(path, SIZE) as video:
        for k, there in enumerate(seen):
            video.write(scene((5, 150 + 2 * k, 20, 1)) if there else scene())
    return path


def test_the_first_frames_with_the_face_are_taken_and_those_before_without_it_counted(model, tmp_path):
    clip = film(tmp_path / "clip.mp4", [False] * 3 + [True] * 9 + [False] * 4)
    some = fitted_performance(model, clip, "clip", asking(2, 5))
    assert len(some.blendshapes) == len(some.rotation) == 5 and some.left_out == {"no face": 3}
    everything = fitted_performance(model, clip, "clip", asking(2, 60))
    assert len(everything.blendshapes) == 9 and everything.left_out == {"no face": 7}
    assert 0 < everything.residual < 0.06


def test_two_frames_with_a_face_are_enough_and_one_is_not(model, tmp_path):
    assert len(fitted_performance(model, film(tmp_path / "two.mp4", [True, True]), "", asking(2)).blendshapes) == 2
    with pytest.raises(ReenactError, match=r"at least 2 frames with a face.*2 left out \(no face\)"):
        fitted_performance(model, film(tmp_path / "one.mp4", [False, True, False]), "", asking(2))
