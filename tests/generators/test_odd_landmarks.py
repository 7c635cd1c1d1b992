"""Landmarks of no face, and of faces half outside the picture, through every generator."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.base import Generator
from reenact.generators.inputs import WantedInput
from reenact.generators.registry import GENERATORS, trained
from reenact.generators.trained import TrainedGenerator

CPU = torch.device("cpu")
ODD = {
    "one line": np.linspace(0, 63, 68)[:, None].repeat(2, 1),
    "level line": np.stack([np.linspace(0, 63, 68), np.full(68, 30.0)], 1),
    "one point": np.full((68, 2), 20.0),
    "far outside": np.random.default_rng(0).uniform(10_000, 10_060, (68, 2)),
    "far apart": np.random.default_rng(0).uniform(-10_000, 10_000, (68, 2)),
}


def made(name: str, params: Params) -> Generator:
    """A generator, one that is trained as it is at first."""
    entry = GENERATORS[name]
    if not entry.is_trained:
        return entry.make(params, CPU)
    torch.manual_seed(0)
    network = entry.network_class()(getattr(params, name)).eval()
    return TrainedGenerator(network, 64, CropSettings.of(params.shards), torch.float32)


@pytest.fixture(params=GENERATORS)
def generator(request, params: Params) -> Generator:
    """Each generator."""
    return made(request.param, params)


@pytest.fixture
def image(face, portrait) -> np.ndarray:
    return np.rint((portrait(face(), (220, 170, 140))[0].permute(1, 2, 0).numpy() + 1) * 127.5).astype(np.uint8)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", trained())
def test_no_network_gives_nan_or_infinity_for_landmarks_of_no_face(name, params, image, face, odd):
    """Of the target, of the wanted frame, and of both."""
    landmarks, seen = ODD[odd].astype(np.float32), []
    generator = made(name, params)
    plain = generator.network.translate
    generator.network.translate = lambda *given: seen.append(plain(*given)) or seen[-1]
    for target, wanted in ((landmarks, face()), (face(), landmarks), (landmarks, landmarks)):
        pictures = generator.generate(generator.encode(image, target), wanted[None])
        assert pictures.shape == (1, 64, 64, 3) and pictures.dtype == np.uint8
    assert len(seen) == 3 and all(picture.isfinite().all() for picture in seen)


@pytest.mark.parametrize("odd", ODD)
def test_the_warp_shows_at_a_landmark_what_the_target_shows_at_its_own(params, face, odd):
    """Of a target whose colours are its pixels' x and y; beyond its edges it goes on as they are. Landmarks that stay move nothing."""
    landmarks, warp = ODD[odd].astype(np.float32), made("warp", params)
    y, x = np.mgrid[:64, :64]
    encoded = warp.encode(np.stack((4 * x, 4 * y, 0 * x), -1).astype(np.uint8), landmarks)
    still, moved = (warp.generate(encoded, wanted[None])[0, ..., :2].astype(np.float32) / 4 for wanted in (landmarks, face()))
    assert np.abs(still - np.stack((x, y), -1)).max() < 2
    shown = cv2.remap(moved, face()[:, None, 0], face()[:, None, 1], cv2.INTER_LINEAR)[:, 0]
    assert np.median(np.linalg.norm(shown - landmarks.clip(0, 63), axis=1)) < 1.5


@pytest.mark.parametrize("name", ["dense", "warp"])
def test_half_a_face_is_moved_into_the_middle(params, face, portrait, name):
    """The target shows its right half alone, at the picture's left edge. That half is what the wanted picture's right half shows."""
    whole, half = portrait(face(), (220, 170, 140)), portrait(face(-32), (220, 170, 140))
    moved = moved_by(name, params, half, face(-32), face())
    right = np.s_[..., 12:54, 36:52]
    assert moved.isfinite().all()
    assert (moved - whole)[right].abs().mean() < (half - whole)[right].abs().mean() / 4


@torch.no_grad()
def moved_by(name: str, params: Params, image: torch.Tensor, before: np.ndarray, after: np.ndarray) -> torch.Tensor:
    """The target (1, 3, 64, 64) as the flow of a generator moves it."""
    pixels = np.rint((image[0].permute(1, 2, 0).numpy() + 1) * 127.5).astype(np.uint8)
    generator = made(name, params)
    encoded = generator.encode(pixels, before)
    if name == "warp":
        return torch.from_numpy(generator.generate(encoded, after[None])).permute(0, 3, 1, 2) / 127.5 - 1
    return generator.network.parts(WantedInput(draw(after[None], 64), torch.from_numpy(after)[None]), encoded).moved


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_landmarks_that_are_no_numbers_are_refused(generator, image, face, value):
    spoilt = face()
    spoilt[30, 1] = value
    encoded = generator.encode(image, face())
    for use in (lambda: generator.encode(image, spoilt), lambda: generator.generate(encoded, spoilt[None])):
        with pytest.raises(ReenactError, match=r"landmarks .* not finite; leave such frames out"):
            use()
