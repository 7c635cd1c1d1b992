from __future__ import annotations

import numpy as np
import torch

from reenact.training.pictures import sheet


def test_columns_stand_side_by_side_and_samples_below_one_another():
    black, white = -torch.ones(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
    mixed = torch.stack([torch.full((3, 4, 4), 0.0), torch.full((3, 4, 4), 5.0)])
    picture = sheet([black, white, mixed])
    assert picture.shape == (8, 12, 3) and picture.dtype == np.uint8
    assert (picture[:, :4] == 0).all() and (picture[:, 4:8] == 255).all()
    assert (picture[:4, 8:] == 128).all() and (picture[4:, 8:] == 255).all()  # outside [-1, 1] is cut off


def test_levels_are_rounded_to_the_nearest():
    levels = torch.tensor([-1.0, -0.9971, 0.4, 0.9965, 1.0])  # 0, 0.37, 178.5, 254.55, 255
    picture = sheet([levels.view(1, 1, 1, 5).expand(1, 3, 1, 5)])
    assert picture[0, :, 0].tolist() in ([0, 0, 178, 255, 255], [0, 0, 179, 255, 255])


def test_rows_and_columns_of_a_sample_stay_upright_and_red_comes_first():
    image = torch.full((1, 3, 2, 3), -1.0)
    image[0, 0, 0, 2] = 1
    picture = sheet([image])
    assert picture.shape == (2, 3, 3) and picture[0, 2].tolist() == [255, 0, 0] and picture.sum() == 255
