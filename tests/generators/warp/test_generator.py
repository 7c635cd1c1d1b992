"""The warped target: what stays, and where a landmark's pixels go."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from reenact.config.networks import WarpParams
from reenact.config.schema import Params
from reenact.faces.crop_settings import CropSettings
from reenact.generators.registry import GENERATORS
from reenact.generators.warp.generator import Warp, make

CPU = torch.device("cpu")


@pytest.fixture
def warp() -> Warp:
    return GENERATORS["warp"].make(Params(), CPU)


@pytest.fixture
def smooth() -> np.ndarray:
    """(64, 64, 3) uint8, colours that change slowly."""
    noise = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return cv2.resize(noise, (64, 64), interpolation=cv2.INTER_CUBIC)


def test_it_is_made_of_the_parameters_and_not_trained():
    params = Params.model_validate({"shards": {"crop_scale": 2.5}, **{name: {"image_size": 128} for name in ("dense", "fdgan", "warp")}})
    for made in (make(params, CPU), GENERATORS["warp"].make(params, CPU)):
        assert isinstance(made, Warp)
        assert (made.size, made.crop) == (128, CropSettings.of(params.shards))
    assert not GENERATORS["warp"].is_trained
    assert WarpParams().enabled


def test_without_a_size_of_its_own_it_takes_the_others():
    """Of those that are enabled; 64 pixels where there is none."""
    off = {name: {"enabled": False} for name in ("dense", "fdgan")}
    for changes, size in (({"dense": {"image_size": 128}, "fdgan": {"image_size": 128}}, 128), (off, 64)):
        assert make(Params.model_validate(changes), CPU).size == size
    own = Params.model_validate({name: {"image_size": 96} for name in ("dense", "fdgan", "warp")})
    assert make(own, CPU).size == 96


def test_landmarks_that_stay_give_the_target(warp, smooth, face):
    pictures = warp.generate(warp.encode(smooth, face()), np.stack([face()] * 2))
    assert pictures.shape == (2, 64, 64, 3) and pictures.dtype == np.uint8
    assert np.abs(pictures.astype(int) - smooth)[:, 2:-2, 2:-2].max() <= 2


def test_a_landmarks_pixels_go_where_it_goes(warp, face):
    """Of a picture whose colours are its pixels' x and y, the result shows at a wanted landmark where the target's was."""
    target, wanted = face(-5, 1), face(4, 4)
    y, x = np.mgrid[:64, :64]
    (picture,) = warp.generate(warp.encode(np.stack((4 * x, 4 * y, 0 * x), -1).astype(np.uint8), target), wanted[None])
    shown = cv2.remap(picture.astype(np.float32), wanted[:, None, 0], wanted[:, None, 1], cv2.INTER_LINEAR)[:, 0, :2] / 4
    assert np.linalg.norm(wanted - target, axis=1).min() > 8
    assert np.linalg.norm(shown - target, axis=1).max() < 0.5


def test_one_target_serves_many_frames(warp, smooth, face):
    encoded = warp.encode(smooth, face())
    frames = np.stack([face(shift, mouth) for shift, mouth in ((-4, 1), (0, 4), (6, 2))])
    together = warp.generate(encoded, frames)
    for frame, picture in zip(frames, together, strict=True):
        assert np.abs(warp.generate(encoded, frame[None])[0].astype(int) - picture).max() <= 1
    assert len({picture.tobytes() for picture in together}) == 3


def test_landmarks_outside_the_picture_are_taken(warp, smooth, face):
    for target, wanted in ((face(40), face()), (face(), face(-40)), (face(), face() + 1e4), (face() + 1e4, face())):
        (picture,) = warp.generate(warp.encode(smooth, target), wanted[None].astype(np.float32))
        assert picture.shape == (64, 64, 3)
        assert smooth.min() <= picture.min() and picture.max() <= smooth.max()
