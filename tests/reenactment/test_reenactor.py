from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.faces.landmark_image import draw
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.pixels import to_images, to_tensor
from reenact.reenactment.portrait import read_target
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.transfer import Transfer, TransferSettings


@pytest.fixture(scope="module")
def target(folder, reenactor):
    return read_target(folder / "portrait.png", None, reenactor.generator.crop, reenactor.size, 256)


def test_pictures_are_what_the_network_makes_of_landmark_images(reenactor, target):
    """FD-GAN's own pass, frame by frame."""
    wanted = np.stack([target.landmarks + shift for shift in (0, 3, -5)]).astype(np.float32)
    found = reenactor.generate(reenactor.encode(target.picture, target.landmarks), wanted, 3)
    picture, points = to_tensor(target.picture[None], torch.device("cpu")), target.landmarks[None]
    shown = TargetInput(picture, draw(points, 64), torch.from_numpy(points))
    for image, landmarks in zip(found, wanted, strict=True):
        with torch.inference_mode():
            asked = WantedInput(draw(landmarks[None], 64), torch.from_numpy(landmarks[None]))
            expected = to_images(reenactor.generator.network(shown, asked))[0]
        assert np.abs(image.astype(int) - expected).max() <= 1


def test_no_more_frames_than_asked_for_are_generated_at_once(reenactor, target, monkeypatch):
    sizes, original = [], reenactor.generator.network.translator.forward

    def counted(landmark_image, dictionary):
        sizes.append(len(landmark_image))
        return original(landmark_image, dictionary)

    monkeypatch.setattr(reenactor.generator.network.translator, "forward", counted)
    encoded = reenactor.encode(target.picture, target.landmarks)
    assert reenactor.generate(encoded, np.repeat(target.landmarks[None], 7, 0), 3).shape == (7, 64, 64, 3)
    assert sizes == [3, 3, 1]


@pytest.mark.parametrize("settings", [TransferSettings("absolute", 0.0), TransferSettings("relative", 0.3)])
def test_landmarks_are_made_as_the_reenactor_says(reenactor, target, settings):
    placed = Reenactor(reenactor.ldnet, reenactor.generator, settings)
    driver = np.stack([target.landmarks, target.landmarks * 1.2 + 4]).astype(np.float32)
    encoded = placed.encode(target.picture, target.landmarks)
    expected = Transfer.for_target(reenactor.ldnet, target.landmarks, settings).landmarks(driver, driver[1])
    np.testing.assert_array_equal(placed.transferred(encoded, driver, driver[1]), expected)
    np.testing.assert_array_equal(encoded.landmarks, target.landmarks)
