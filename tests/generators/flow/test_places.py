"""Places against pixel centres, and pictures sampled at them against OpenCV's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from reenact.generators.flow.places import grid, resize, sample, to_places
from reenact.seeding import generator

CPU = torch.device("cpu")


def as_flow(places: torch.Tensor) -> torch.Tensor:
    """(H, W, 2) -> (1, 2, H, W)."""
    return places.permute(2, 0, 1)[None]


def test_a_place_is_minus_one_to_one_from_edge_to_edge():
    """The centre of the first of 64 pixels is half a pixel from the edge, at 1/64 - 1."""
    pixels = torch.tensor([[-0.5, 63.5], [0.0, 63.0], [31.5, 31.5]])
    expected = torch.tensor([[-1.0, 1.0], [1 / 64 - 1, 1 - 1 / 64], [0.0, 0.0]])
    torch.testing.assert_close(to_places(pixels, 64), expected, atol=1e-6, rtol=0)
    assert to_places(pixels.double(), 64).dtype == torch.float32


@pytest.mark.parametrize("side", [16, 63])
def test_the_grid_is_the_places_of_the_pixels_centres(side):
    y, x = np.mgrid[:side, :side]
    pixels = torch.from_numpy(np.stack((x, y), -1)).float()
    torch.testing.assert_close(grid(side, CPU), to_places(pixels, side), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (20, 48)])
def test_sampling_is_opencvs(height, width):
    """Bilinear, and beyond the edges the nearest pixel. OpenCV may round places to a 32nd of a pixel, so these are such."""
    random = generator(1, "places")
    image = random.uniform(-1, 1, (height, width, 3)).astype(np.float32)
    pixels = random.integers(-5 * 32, (np.array([width, height]) + 5) * 32, (24, 40, 2)).astype(np.float32) / 32
    expected = cv2.remap(image, pixels[..., 0], pixels[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    flow = as_flow(torch.from_numpy((2 * pixels + 1) / np.float32([width, height]) - 1))
    found = sample(torch.from_numpy(image).permute(2, 0, 1)[None], flow)
    np.testing.assert_allclose(found[0].permute(1, 2, 0).numpy(), expected, atol=1e-4)


@pytest.mark.parametrize("side", [64, 100, 256])
def test_the_grid_gives_the_picture_back(side):
    image = torch.from_numpy(generator(2, "places").uniform(-1, 1, (1, 3, side, side))).float()
    # A place near 1 is exact to 6e-8, which is side / 2 · 6e-8 pixels.
    torch.testing.assert_close(sample(image, as_flow(grid(side, CPU))), image, atol=5e-5, rtol=0)


def test_a_flow_is_x_then_y_and_says_where_a_pixel_comes_from():
    image = torch.arange(64.0).reshape(1, 1, 8, 8)
    right = as_flow(grid(8, CPU)) + torch.tensor([2 / 8, 0.0]).view(1, 2, 1, 1)
    torch.testing.assert_close(sample(image, right)[..., :7], image[..., 1:], atol=1e-4, rtol=0)


@pytest.mark.parametrize(("before", "after"), [(32, 64), (32, 256), (64, 32)])
def test_an_affine_flow_stays_itself_at_another_size(before, after):
    """But for the pixels within half a coarse one of the edges, where nothing is known on one side."""
    matrix, shift = torch.tensor([[0.9, 0.2], [-0.1, 1.1]]), torch.tensor([0.05, -0.2])
    resized = resize(as_flow(grid(before, CPU) @ matrix + shift), after)
    assert resized.shape == (1, 2, after, after)
    edge = -(-after // (2 * before))
    expected = as_flow(grid(after, CPU) @ matrix + shift)
    torch.testing.assert_close(resized[..., edge:-edge, edge:-edge], expected[..., edge:-edge, edge:-edge], atol=1e-5, rtol=0)
