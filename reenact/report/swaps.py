"""LD-Net's swaps of people in LMTest, where each is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from reenact.faces.normalise import normalise
from reenact.faces.swap_picture import draw_swaps
from reenact.files import atomic_path
from reenact.ldnet.model import LDNet
from reenact.ldnet.swaps import PEOPLE, choose, differing
from reenact.testsets.lmtest import LMTest


@torch.inference_mode()
def swap_picture(lmtest: LMTest, ldnet: LDNet) -> np.ndarray:
    """People of LMTest who differ, in frames of the one who is most like all: (height, width, 3) uint8 RGB. `ldnet` is on the CPU."""
    points, _ = normalise(lmtest.landmarks)
    people = differing(points.mean(axis=1), PEOPLE)
    shown = choose(list(points[people]), [True] * len(people))
    size = shown.truth.shape[:2]
    pose, identity = ldnet.encode_pose(torch.from_numpy(shown.pose)), ldnet.encode_identity(torch.from_numpy(shown.identity))
    swapped = ldnet.generate(pose.repeat(size[0], 1), identity.repeat_interleave(size[1], 0)).unflatten(0, size)
    return draw_swaps(shown.identity, shown.pose, swapped.numpy(), shown.truth)


def write_swaps(path: Path, lmtest: LMTest, ldnet: LDNet) -> None:
    """Write `swap_picture` as PNG, atomically."""
    with atomic_path(path) as part:
        Image.fromarray(swap_picture(lmtest, ldnet)).save(part, format="PNG", optimize=True)
