"""Landmarks of no face, and of faces half outside the picture, through every generator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.base import Generator
from reenact.generators.inputs import WantedInput
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import TrainedGenerator

CPU = torch.device("cpu")
ODD = {
    "one line": np.linspace(0, 63, 68)[:, None].repeat(2, 1),
    "level line": np.stack([np.linspace(0, 63, 68), np.full(68, 30.0)], 1),
    "one point": np.full((68, 2), 20.0),
    "far outside": np.random.default_rng(0).uniform(10_000, 10_060, (68, 2)),
    "far apart": np.random.default_rng(0).uniform(-10_000, 10_000, (68, 2)),
}


@pytest.fixture(params=GENERATORS)
def generator(request, params: Params) -> Generator:
    """Each generator, those that are trained as they are at first."""
    entry = GENERATORS[request.param]
    if not entry.is_trained:
        return entry.make(params, CPU)
    torch.manual_seed(0)
    network = entry.network_class()(getattr(params, entry.name)).eval()
    return TrainedGenerator(network, 64, CropSettings.of(params.shards), torch.float32)


@pytest.fixture
def image(face, portrait) -> np.ndarray:
    return np.rint((portrait(face(), (220, 170, 140))[0].permute(1, 2, 0).numpy() + 1) * 127.5).astype(np.uint8)


@pytest.mark.parametrize("odd", ODD)
def test_landmarks_of_no_face_give_pictures(generator, image, face, odd):
    """Of the target, of the wanted frame, and of both. No network gives NaN or infinity."""
    landmarks, seen = ODD[odd].astype(np.float32), []
    if isinstance(generator, TrainedGenerator):
        plain = generator.network.translate
        generator.network.translate = lambda *given: seen.append(plain(*given)) or seen[-1]
    for target, wanted in ((landmarks, face()), (face(), landmarks), (landmarks, landmarks)):
        pictures = generator.generate(generator.encode(image, target), wanted[None])
        assert pictures.shape == (1, 64, 64, 3) and pictures.dtype == np.uint8
    assert all(picture.isfinite().all() for picture in seen)


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
    if name == "warp":
        warp = GENERATORS["warp"].make(params, CPU)
        return torch.from_numpy(warp.generate(warp.encode(pixels, before), after[None])).permute(0, 3, 1, 2) / 127.5 - 1
    torch.manual_seed(0)
    dense = TrainedGenerator(GENERATORS["dense"].network_class()(params.dense).eval(), 64, CropSettings.of(params.shards), torch.float32)
    wanted = WantedInput(draw(after[None], 64), torch.from_numpy(after)[None])
    return dense.network.parts(wanted, dense.encode(pixels, before)).moved


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_landmarks_that_are_no_numbers_are_refused(generator, image, face, value):
    spoilt = face()
    spoilt[30, 1] = value
    encoded = generator.encode(image, face())
    for use in (lambda: generator.encode(image, spoilt), lambda: generator.generate(encoded, spoilt[None])):
        with pytest.raises(ReenactError, match=r"landmarks .* not finite; leave such frames out"):
            use()
