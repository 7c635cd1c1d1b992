"""Squares out of a picture that is known at every point, between the pixels too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from reenact.faces.resample import resample

HEIGHT, WIDTH = 460, 520
WAVE = 90.0  # pixels of the source a wave: many more than a pixel of any crop here


def scene(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Levels at the points (x, y): waves across and down, out of step with each other."""
    return 128 + 55 * np.sin(2 * np.pi * x / WAVE) + 55 * np.cos(2 * np.pi * y / WAVE + 0.5)


def places(x0: float, y0: float, side: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The source points that the pixels of a crop stand for: the middles of the square's size × size cells."""
    cell = side / size
    row, column = np.mgrid[0:size, 0:size]
    return x0 + (column + 0.5) * cell, y0 + (row + 0.5) * cell


def astray(crop: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far a crop of the scene lies from where it should, source pixels across and down, and how much too large it is."""
    across, down = scene(x + 0.5, y) - scene(x - 0.5, y), scene(x, y + 0.5) - scene(x, y - 0.5)
    terms = [across, down, across * (x - x.mean()), down * (y - y.mean()), np.ones_like(x), scene(x, y) - 128]
    found, *_ = np.linalg.lstsq(np.stack([term.ravel() for term in terms], axis=1), (crop - scene(x, y)).ravel(), rcond=None)
    return found[:2], found[2:4]


IMAGE = scene(*np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))).round().astype(np.uint8)


@pytest.mark.parametrize("cubic", [True, False], ids=["cubic", "bilinear"])
@pytest.mark.parametrize("size", [64, 256])
@pytest.mark.parametrize("side", [61.3, 128.0, 255.6, 255.9, 256.0, 256.2, 256.4, 401.7])
@pytest.mark.parametrize("corner", [(20.5, 31.5), (20.0, 31.75), (33.37, 18.91)])
def test_every_pixel_shows_the_point_that_it_stands_for(corner: tuple[float, float], side: float, size: int, cubic: bool) -> None:
    crop = resample(IMAGE, *corner, side, size, cubic=cubic)
    assert crop.shape == (size, size) and crop.dtype == np.uint8
    x, y = places(*corner, side, size)
    error = crop - scene(x, y)
    assert np.abs(error).max() < (2.5 if side < 2 * size else 6)  # smoothing takes a little of the waves as well
    shift, growth = astray(*(each[::3, ::3] for each in (crop, x, y)))
    coarser = max(side / size, 1.0)  # of the two pictures' pixels, in those of the source
    assert np.abs(shift).max() < 0.1 * coarser
    assert np.abs(growth).max() * side / 2 < 0.08 * coarser  # at the edge


@pytest.mark.parametrize("cubic", [True, False], ids=["cubic", "bilinear"])
@pytest.mark.parametrize("side", [100.3, 256.0, 300.0])
@pytest.mark.parametrize("corner", [(-70.4, 200.0), (480.2, 50.0), (100.0, -60.7), (100.0, 420.0), (-31.1, -47.9)])
def test_outside_the_picture_its_border_is_repeated(corner: tuple[float, float], side: float, cubic: bool) -> None:
    x, y = places(*corner, side, 256)
    expected = scene(x.clip(0, WIDTH - 1), y.clip(0, HEIGHT - 1))
    assert np.abs(resample(IMAGE, *corner, side, 256, cubic=cubic) - expected).max() < 3


@pytest.mark.parametrize("corner", [(-900.0, 100.0), (2000.5, 100.0), (100.3, -700.0), (100.0, 3000.0), (-5000.0, 5000.0)])
def test_a_square_wholly_outside_shows_the_nearest_border(corner: tuple[float, float]) -> None:
    x, y = places(*corner, 150.0, 64)
    expected = scene(x.clip(0, WIDTH - 1), y.clip(0, HEIGHT - 1))
    for cubic in (True, False):
        assert np.abs(resample(IMAGE, *corner, 150.0, 64, cubic=cubic) - expected).max() < 3


@pytest.mark.parametrize("cubic", [True, False], ids=["cubic", "bilinear"])
def test_colours_are_three_grey_pictures(cubic: bool) -> None:
    colours = np.stack([IMAGE, IMAGE[::-1], IMAGE[:, ::-1]], axis=2)
    crop = resample(colours, 31.3, -12.6, 190.4, 128, cubic=cubic)
    assert crop.shape == (128, 128, 3)
    for channel in range(3):
        alone = resample(np.ascontiguousarray(colours[..., channel]), 31.3, -12.6, 190.4, 128, cubic=cubic)
        assert np.abs(crop[..., channel].astype(int) - alone).max() <= 1


@pytest.mark.parametrize("cubic", [True, False], ids=["cubic", "bilinear"])
@pytest.mark.parametrize("factor", [1.5, 2.0, 4.0])
def test_shrinking_is_as_quiet_as_the_mean_of_the_pixels_and_keeps_what_is_larger(factor: float, cubic: bool) -> None:
    noise = np.random.default_rng(1).normal(128, 30, (HEIGHT, WIDTH)).clip(0, 255).astype(np.uint8)
    crop = resample(noise, 10.3, 10.8, 100 * factor, 100, cubic=cubic).astype(float)
    assert crop.std() < 1.1 * noise.std() / factor  # the mean of factor² pixels has 1 / factor of their deviation
    assert crop.mean() == pytest.approx(noise.mean(), abs=1)
    fine = (128 + 100 * np.sin(np.arange(WIDTH) * 2 * np.pi / (6 * factor))).round().astype(np.uint8)  # six pixels of the crop a wave
    stripes = resample(np.tile(fine, (HEIGHT, 1)), 10.0, 10.0, 100 * factor, 100, cubic=cubic).astype(float)
    assert 0.7 * 100 < stripes.std() * np.sqrt(2) < 1.05 * 100


def test_the_same_pixels_come_out_where_nothing_is_to_be_done() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (300, 300), np.uint8)
    for cubic in (True, False):
        assert np.array_equal(resample(noise, 19.5, 24.5, 256.0, 256, cubic=cubic), noise[25:281, 20:276])


def test_cubic_is_sharper_than_bilinear_and_as_good_as_one_warp() -> None:
    blurred = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (300, 300), np.uint8), (0, 0), 1.0)
    cubic, bilinear = (resample(blurred, 40.3, 50.7, 120.0, 256, cubic=way).astype(float) for way in (True, False))
    scale = 256 / 120.0
    matrix = np.array([[scale, 0, -40.3 * scale - 0.5], [0, scale, -50.7 * scale - 0.5]])
    warped = cv2.warpAffine(blurred, matrix, (256, 256), flags=cv2.INTER_CUBIC).astype(float)
    assert np.abs(cubic - warped).mean() < 1
    assert cubic.std() > bilinear.std()
