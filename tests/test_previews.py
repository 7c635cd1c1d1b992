from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.previews import SIZE, preview


def landmarks(count: int = 2) -> torch.Tensor:
    """Normalised landmarks (count, 136): their box is [-1, 1] in x, and half as high in y."""
    points = torch.rand(count, 68, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    points[:, 0, 0], points[:, 1, 0] = -1, 1
    points[..., 1] /= 2
    return points.flatten(1)


def test_columns_stand_side_by_side_and_samples_below_one_another():
    black, white = -torch.ones(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
    mixed = torch.stack([torch.full((3, 4, 4), 0.0), torch.full((3, 4, 4), 5.0)])
    picture = preview({"black": black, "white": white, "a mixture": mixed})
    assert picture.shape == (8, 12, 3) and picture.dtype == np.uint8
    assert (picture[:, :4] == 0).all() and (picture[:, 4:8] == 255).all()
    assert (picture[:4, 8:] == 128).all() and (picture[4:, 8:] == 255).all()  # outside [-1, 1] is cut off


def test_what_lies_below_black_is_cut_off_too():
    assert (preview({"dark": torch.full((1, 3, 2, 2), -7.0)}) == 0).all()


def test_levels_are_rounded_to_the_nearest():
    levels = torch.tensor([-1.0, -0.9971, 0.4, 0.9965, 1.0])  # 0, 0.37, 178.5, 254.55, 255
    picture = preview({"levels": levels.view(1, 1, 1, 5).expand(1, 3, 1, 5)})
    assert picture[0, :, 0].tolist() in ([0, 0, 178, 255, 255], [0, 0, 179, 255, 255])


def test_rows_and_columns_of_a_sample_stay_upright_and_red_comes_first():
    image = torch.full((1, 3, 2, 3), -1.0)
    image[0, 0, 0, 2] = 1
    picture = preview({"image": image})
    assert picture.shape == (2, 3, 3) and picture[0, 2].tolist() == [255, 0, 0] and picture.sum() == 255


def test_channels_last_and_bfloat16_look_the_same():
    images = torch.rand(2, 3, 8, 8).mul(2).sub(1).bfloat16()
    plain = preview({"images": images.float()})
    assert np.array_equal(preview({"images": images.to(memory_format=torch.channels_last)}), plain)


def test_landmarks_fill_their_pictures_but_for_a_margin():
    column = preview({"landmarks": landmarks()})
    assert column.shape == (2 * SIZE, SIZE, 3) and column.dtype == np.uint8
    for face in np.split(column, 2):
        rows, across = np.nonzero(face.any(2))
        # The larger side spans [-1, 1]: 0.85 of the picture's side, and the line's own width.
        assert np.ptp(across) == pytest.approx(0.85 * SIZE, abs=3) and np.ptp(rows) < 0.5 * SIZE
        assert min(rows.min(), across.min(), SIZE - 1 - rows.max(), SIZE - 1 - across.max()) >= 8
        assert rows.min() + rows.max() == pytest.approx(SIZE - 1, abs=8) and across.min() + across.max() == pytest.approx(SIZE - 1, abs=2)


def test_each_column_of_landmarks_has_its_own():
    one, other = landmarks(), landmarks().flip(0)
    left, right = np.split(preview({"one": one, "other": other}), 2, axis=1)
    assert (left != right).any() and np.array_equal(left, np.concatenate(np.split(right, 2)[::-1]))


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf, 1e30])
def test_a_network_that_ran_away_is_drawn_and_not_an_error(value):
    wild = torch.full((2, 136), value)
    partly = landmarks()
    partly[:, 40] = value
    picture = preview({"driver": landmarks(), "wild": wild, "partly": partly})
    driver, _, partly = np.split(picture, 3, axis=1)
    assert picture.shape == (2 * SIZE, 3 * SIZE, 3) and driver.any() and partly.any()
    assert np.array_equal(driver, preview({"driver": landmarks()}))  # what stands beside it is as it was


def test_what_is_drawn_stays_as_it_was():
    samples = {"images": torch.rand(1, 3, SIZE, SIZE), "landmarks": torch.full((1, 136), torch.nan)}
    before = {name: values.clone() for name, values in samples.items()}
    preview(samples)
    assert all(torch.equal(values.nan_to_num(9), before[name].nan_to_num(9)) for name, values in samples.items())
