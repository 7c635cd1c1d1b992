"""The dense generator's network: what it gives before it has learned anything, and what must never happen."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import AdaptiveAvgPool2d, AvgPool2d, Upsample

from reenact.config.networks import DenseParams
from reenact.errors import ReenactError
from reenact.faces.landmark_image import draw
from reenact.generators.dense.model import Dense, fine_at_mouth_and_eyes
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.warp.generator import Warp
from reenact.pixels import to_images, to_tensor

CPU = torch.device("cpu")


@pytest.fixture
def network(params) -> Dense:
    torch.manual_seed(0)
    return Dense(params.dense).eval()


def seen(*pairs: tuple[torch.Tensor, np.ndarray]) -> TargetInput:
    """Targets of pictures (1, 3, S, S) and landmarks (68, 2) in their pixels."""
    images = torch.cat([image for image, _ in pairs])
    return TargetInput(images, *wanted(*(landmarks for _, landmarks in pairs), size=images.shape[-1]))


def wanted(*frames: np.ndarray, size: int = 64) -> WantedInput:
    landmarks = np.stack(frames).astype(np.float32)
    return WantedInput(draw(landmarks, size), torch.from_numpy(landmarks))


@torch.no_grad()
@pytest.mark.parametrize("size", [64, 128, 256])
def test_shapes(network, face, size):
    images = torch.rand(2, 3, size, size) * 2 - 1
    landmarks = [face(shift, 3) * size / 64 for shift in (-4, 0, 4)]
    target = TargetInput(images, *wanted(*landmarks[:2], size=size))
    encoded = network.encode(target)
    assert [tuple(rows.shape) for rows in encoded.dictionary] == [(2, 8, 16), (2, 6, 16)]
    parts = network.parts(wanted(*landmarks[1:], size=size), encoded)
    assert parts.image.shape == parts.moved.shape == (2, 3, size, size)
    assert parts.mask.shape == (2, 1, size, size) and parts.mask.min() > 0 and parts.mask.max() < 1
    assert parts.moved.abs().max() <= 1 and (parts.image - parts.moved).abs().max() <= parts.mask.max()
    assert torch.equal(network.translate(wanted(*landmarks[1:], size=size), encoded), parts.image)


@torch.no_grad()
def test_the_network_sees_large_pictures_small_and_moves_them_large(params, face):
    """Of a target of 128 pixels a network of 64 sees the means of 2×2 pixels; its picture keeps what these do not show."""
    torch.manual_seed(0)
    network = Dense(params.dense.model_copy(update={"network_size": 64})).eval()
    chequers = (torch.arange(128)[:, None] + torch.arange(128)) % 2 * 2 - 1.0
    image = chequers.expand(1, 3, -1, -1) * torch.tensor([0.9, 0.5, 0.2]).view(1, 3, 1, 1)
    before, after = 2 * face(-5, 1), 2 * face(5, 4)
    large_target, large_wanted = seen((image, before)), wanted(after, size=128)
    means = [AvgPool2d(2)(pictures) for pictures in (image, large_target.landmark_image, large_wanted.landmark_image)]
    points = [torch.from_numpy((landmarks + 0.5) / 2 - 0.5).float()[None] for landmarks in (before, after)]
    small = network.parts(WantedInput(means[2], points[1]), network.encode(TargetInput(means[0], means[1], points[0])))
    large = network.parts(large_wanted, network.encode(large_target))
    expected = upsampled(small.mask)
    torch.testing.assert_close(large.mask, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(large.image - large.moved, expected * upsampled((small.image - small.moved) / small.mask), atol=1e-4, rtol=0)
    assert small.moved.std() < 1e-4 and large.moved[:, 0].std() > 0.2


def upsampled(maps: torch.Tensor) -> torch.Tensor:
    return Upsample(scale_factor=2, mode="bilinear")(maps)


def test_mouth_and_eyes_are_painted_finely_and_the_rest_at_64_pixels(face):
    """Whatever the picture's size; what is painted at 64 pixels or fewer stays as it is."""
    painted = torch.rand(1, 4, 256, 256)
    coarse = Upsample(scale_factor=4, mode="bilinear")(AvgPool2d(4)(painted))
    points = torch.from_numpy((face() + 0.5) * 4 - 0.5).float()[None]  # in 256 pixels
    mixed = fine_at_mouth_and_eyes(painted, points, 256)
    for x, y in (points[0, part].mean(0).round().long() for part in (slice(36, 42), slice(42, 48), slice(48, 68))):
        torch.testing.assert_close(mixed[..., y, x], painted[..., y, x], atol=0.01, rtol=0)
    for side in (mixed[..., :20, :] - coarse[..., :20, :], mixed[..., -20:] - coarse[..., -20:]):
        assert side.abs().max() < 1e-5
    torch.testing.assert_close(fine_at_mouth_and_eyes(painted, (points + 0.5) * 2 - 0.5, 512), mixed, atol=1e-4, rtol=0)
    assert torch.equal(fine_at_mouth_and_eyes(painted[..., :64, :64], points, 256), painted[..., :64, :64])
    outside = fine_at_mouth_and_eyes(painted[..., :96, :96], points + 1e4, 256)
    torch.testing.assert_close(outside, Upsample(96, mode="bilinear")(AdaptiveAvgPool2d(64)(painted[..., :96, :96])))


@torch.no_grad()
def test_what_a_network_paints_in_a_corner_has_no_grain(params, face, portrait):
    """Of 256 pixels: the mask there is its own means over 4×4 pixels, enlarged. At the mouth it is not."""
    torch.manual_seed(0)
    network = Dense(params.dense.model_copy(update={"network_size": 256})).eval()
    noise = torch.rand(1, 3, 256, 256) * 2 - 1
    mask = network.parts(wanted(4 * face(2, 5), size=256), network.encode(seen((noise, 4 * face())))).mask
    smooth = Upsample(scale_factor=4, mode="bilinear")(AvgPool2d(4)(mask))
    grain = (mask - smooth).abs()
    x, y = (4 * face(2, 5))[48:68].mean(0).round().astype(int)
    assert grain[..., :24, :24].mean() < 0.3 * grain[..., y - 6 : y + 7, x - 6 : x + 7].mean()


@torch.no_grad()
def test_an_encoded_target_serves_many_frames(network, face, portrait):
    target = seen((portrait(face(), (200, 150, 120)), face()))
    frames = [face(shift, 3) for shift in (-3, 0, 5)]
    encoded = network.encode(target)
    together = network.translate(wanted(*frames), encoded)
    for frame, image in zip(frames, together, strict=True):
        torch.testing.assert_close(image[None], network(target, wanted(frame)), atol=5e-5, rtol=0)


@torch.no_grad()
def test_a_target_does_not_influence_those_beside_it(network, face, portrait):
    first = portrait(face(-2), (200, 150, 120)), face(-2)
    others = (portrait(face(3), (90, 60, 50)), face(3)), (torch.rand(1, 3, 64, 64) * 2 - 1, 50 * face(4, 5))
    frames = wanted(face(4, 3), face(-4, 1))
    alone = network(seen(first), wanted(face(4, 3)))
    for other in others:
        torch.testing.assert_close(network(seen(first, other), frames)[:1], alone, atol=5e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("widths", ["of the tests", "the default"])
def test_the_first_pictures_are_nearly_the_warped_target(params, face, portrait, seed, widths):
    """Before any training: much nearer to what the warp makes than the target is, but for a slight change of colours."""
    torch.manual_seed(seed)
    network = Dense(params.dense if widths == "of the tests" else DenseParams()).eval()
    before, after = face(-5, 1), face(5, 4)
    image = portrait(before, (220, 170, 140))
    generator = Warp(64, None, CPU)
    warped = to_tensor(generator.generate(generator.encode(to_images(image)[0], before), after[None]), CPU)
    parts = network.parts(wanted(after), network.encode(seen((image, before))))
    still = (image - warped).abs().mean()
    assert (parts.moved - warped).abs().mean() < 0.75 * still
    assert (parts.image - parts.moved).abs().mean() < 0.15


def line(size: float) -> np.ndarray:
    """68 points on the picture's diagonal."""
    return np.linspace(0, size, 68)[:, None].repeat(2, 1)


@torch.no_grad()
@pytest.mark.parametrize("odd", ["far outside", "one line", "one point", "half outside", "huge"])
def test_odd_landmarks_give_finite_pictures(network, face, portrait, odd):
    """Of the target, of the wanted frame, and of both. A face may be half beyond the picture's edge."""
    landmarks = {
        "far outside": face() + 10_000,
        "one line": line(63),
        "one point": np.full((68, 2), 20.0),
        "half outside": face(-32),
        "huge": 1000 * face(),
    }[odd]
    image = portrait(face(), (200, 150, 120))
    for target, frame in ((landmarks, face()), (face(), landmarks), (landmarks, landmarks)):
        picture = network(seen((image, target)), wanted(frame))
        assert picture.isfinite().all() and picture.abs().max() <= 2


def test_gradients_are_finite_whatever_the_landmarks(network, face, portrait):
    image = portrait(face(), (200, 150, 120)).expand(3, -1, -1, -1)
    odd = [line(63), np.full((68, 2), 20.0), face() + 10_000]
    network(TargetInput(image, *wanted(*odd)), wanted(*odd[1:], face())).square().mean().backward()
    assert all(weight.grad.isfinite().all() for weight in network.parameters())


@pytest.mark.parametrize("shape", [(1, 3, 64, 72), (1, 3, 72, 72), (1, 3, 0, 64), (3, 64, 64)])
def test_sizes_that_cannot_be_halved_four_times_are_refused(network, face, portrait, shape):
    image, points = torch.zeros(shape), torch.zeros(1, 68, 2)
    encoded = network.encode(seen((portrait(face(), (200, 150, 120)), face())))
    for use in (lambda: network.encode(TargetInput(image, image, points)), lambda: network.translate(WantedInput(image, points), encoded)):
        with pytest.raises(ReenactError, match="multiples of 16"):
            use()
