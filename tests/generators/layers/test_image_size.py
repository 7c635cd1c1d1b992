"""Images that can be halved often enough, and those that cannot."""

from __future__ import annotations

import pytest
import torch

from reenact.errors import ReenactError
from reenact.generators.layers.image_size import check_size


@pytest.mark.parametrize("shape", [(1, 3, 72, 64), (1, 3, 64, 72), (1, 3, 64, 0), (1, 3, 0, 64), (1, 3, 8, 8), (2, 1, 3, 64, 64)])
def test_sizes_of_either_side_are_checked(shape):
    with pytest.raises(ReenactError, match="multiples of 16"):
        check_size(torch.zeros(shape), 4)


@pytest.mark.parametrize("shape", [(1, 3, 16, 16), (2, 6, 32, 48)])
def test_multiples_of_16_are_taken(shape):
    check_size(torch.zeros(shape), 4)


def test_fewer_halvings_take_more_sizes():
    check_size(torch.zeros(1, 3, 72, 64), 3)
    with pytest.raises(ReenactError, match=r"multiples of 8, not \(1, 3, 68, 64\); set the generator's image_size"):
        check_size(torch.zeros(1, 3, 68, 64), 3)
