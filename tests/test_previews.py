from __future__ import annotations

import numpy as np
import torch

from reenact.faces.swap_picture import draw_swaps
from reenact.previews import preview


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


def test_landmarks_are_drawn_as_swaps():
    faces = torch.rand(6, 136, generator=torch.Generator().manual_seed(0)) * 2 - 1
    samples = {"identity": faces[:2], "pose": faces[2:5], "swapped": faces.view(2, 3, 136), "truth": torch.full((2, 3, 136), torch.nan)}
    before = {name: values.clone() for name, values in samples.items()}
    picture = preview(samples | {"swapped": samples["swapped"].bfloat16()})
    rounded = samples["swapped"].bfloat16().float().numpy()
    assert np.array_equal(picture, draw_swaps(faces[:2].numpy(), faces[2:5].numpy(), rounded, samples["truth"].numpy()))
    assert all(torch.equal(values.nan_to_num(9), before[name].nan_to_num(9)) for name, values in samples.items())
