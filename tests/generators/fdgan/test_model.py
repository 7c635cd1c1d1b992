from __future__ import annotations

import pytest
import torch

from reenact.config.networks import FDGANParams
from reenact.errors import ReenactError
from reenact.faces.landmark_image import draw
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.layers.patch import PatchNetwork


def target(image: torch.Tensor, landmark_image: torch.Tensor) -> TargetInput:
    return TargetInput(image, landmark_image, torch.zeros(len(image), 68, 2))


def wanted(landmark_image: torch.Tensor) -> WantedInput:
    return WantedInput(landmark_image, torch.zeros(len(landmark_image), 68, 2))


@pytest.fixture
def fdgan(small) -> FDGAN:
    torch.manual_seed(0)
    return FDGAN(small).eval()


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 128)])
@pytest.mark.parametrize("normalisation", ["none", "instance"])
@torch.no_grad()
def test_shapes(small, height, width, normalisation):
    fdgan = FDGAN(small.model_copy(update={"normalisation": normalisation}))
    images = torch.rand(2, 3, height, width) * 2 - 1
    dictionary = fdgan.encode(target(images, images))
    assert [tuple(rows.shape) for rows in dictionary] == [(2, 16, 8), (2, 12, 8), (2, 8, 16), (2, 6, 16)]
    generated = fdgan.translate(wanted(images), dictionary)
    assert generated.shape == images.shape and generated.abs().max() <= 1
    assert PatchNetwork(small.widths, 5)(images).shape == (2, 5, height // 16, width // 16)


@torch.no_grad()
def test_every_level_of_the_papers_sizes():
    """Section 6: widths and rows, and 4×4 and 3×3 kernels at each level."""
    fdgan = FDGAN(FDGANParams(image_size=64, widths=(32, 64, 128, 256), rows=(512, 256, 128, 64)))
    dictionary = fdgan.encode(target(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)))
    assert [tuple(rows.shape[1:]) for rows in dictionary] == [(512, 32), (256, 64), (128, 128), (64, 256)]
    kernels = [tuple(m.kernel_size) for m in fdgan.translator.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d)]
    assert sorted(kernels) == [(1, 1)] * 3 + [(3, 3)] * 8 + [(4, 4)] * 8
    assert all(reader.tags.shape[1] == 32 for reader in fdgan.translator.readers)


@torch.no_grad()
def test_a_dictionary_serves_many_frames(fdgan, face, portrait):
    image, drawn = portrait(face(), (200, 150, 120)), draw(face()[None], 64)
    poses = wanted(torch.cat([draw(face(shift)[None], 64) for shift in (-3, 0, 5)]))
    dictionary = fdgan.encode(target(image, drawn))
    reused = fdgan.translate(poses, dictionary)
    joint = fdgan(target(image.expand(3, -1, -1, -1), drawn.expand(3, -1, -1, -1)), poses)
    torch.testing.assert_close(reused, joint, atol=1e-5, rtol=0)


def test_every_weight_gets_a_gradient(fdgan):
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    fdgan(target(images, images.flip(3)), wanted(images.flip(2))).square().mean().backward()
    assert [name for name, weight in fdgan.named_parameters() if weight.grad is None or not weight.grad.abs().sum()] == []


@torch.no_grad()
def test_features_keep_their_size_through_the_levels():
    """At the start a level neither drowns nor blows up what it is given."""
    torch.manual_seed(0)
    fdgan = FDGAN(FDGANParams(image_size=64))
    features = fdgan.translator.down(torch.randn(2, 3, 64, 64))
    assert all(0.4 < level.square().mean().sqrt() < 2.5 for level in features)
    raised = fdgan.translator.ups[2](features[3])
    assert 0.4 < raised.square().mean().sqrt() / features[3].square().mean().sqrt() < 2.5


@pytest.mark.parametrize("shape", [(1, 3, 64, 72), (1, 3, 0, 64), (3, 64, 64)])
def test_sizes_that_cannot_be_halved_four_times_are_refused(fdgan, small, shape):
    image = torch.zeros(shape)
    for use in (
        lambda: fdgan.encode(target(image, image)),
        lambda: fdgan.translate(wanted(image), []),
        lambda: PatchNetwork(small.widths, 1)(image),
    ):
        with pytest.raises(ReenactError, match="multiples of 16"):
            use()


@pytest.mark.parametrize("odd", [0, 1])
def test_the_image_and_its_landmark_image_are_both_checked(fdgan, odd):
    images = [torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)]
    images[odd] = torch.zeros(1, 3, 64, 72)
    with pytest.raises(ReenactError, match="multiples of 16"):
        fdgan.encode(target(*images))
