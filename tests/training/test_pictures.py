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
