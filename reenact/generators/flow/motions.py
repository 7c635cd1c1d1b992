"""Four ways in which a target's picture may move to wanted landmarks. None is right everywhere; a network may choose by place.

still: not at all, as a background does. head: as a rigid head does, with its hair and ears. mirrored: by a spline, from the other half of
the face, for the one that the target turns away. spline: as the landmarks do.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from reenact.faces.layout68 import MIRRORED
from reenact.generators.flow.head import head_flow
from reenact.generators.flow.places import constant, grid
from reenact.generators.flow.spline import coefficients, evaluate

MOTIONS = ("still", "head", "mirrored", "spline")
# Points just beyond the picture's edges that a spline keeps where they are.
BORDER = tuple((1.05 * x, 1.05 * y) for x, y in ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0)))
LEAST_SIDE = 32  # a coarser flow would blur what eyes and lips do


class Motions(NamedTuple):
    """flows (B, 4, 2, side, side), in the order of `MOTIONS`. seen, inside (B, 1, side, side), of the head (`flow.head.HeadFlow`)."""

    flows: Tensor
    seen: Tensor
    inside: Tensor


def flow_side(size: int) -> int:
    """The side on which flows for size×size pictures are computed. They are smooth, and resized to the picture."""
    return max(LEAST_SIDE, size // 4)


def motions(wanted: Tensor, target: Tensor, side: int) -> Motions:
    """Everything from the places of wanted and target landmarks, (B, 68, 2) each. Nothing here has a gradient.

    In float32 within an autocast too: a place in bfloat16 would be pixels off.
    """
    with torch.no_grad(), torch.autocast(wanted.device.type, enabled=False):
        places = grid(side, wanted.device).flatten(0, 1)
        head = head_flow(wanted, target, places)
        mirrored, spline = splines(wanted, (target[:, MIRRORED], target), (-1.0, 1.0), places)
    flows = torch.stack((places.expand_as(spline), head.flow, mirrored, spline), 1)  # (B, 4, N, 2)
    square = (side, side)
    return Motions(
        flows.transpose(2, 3).unflatten(3, square),
        head.seen.unflatten(1, square).unsqueeze(1),
        head.inside.unflatten(1, square).unsqueeze(1),
    )


def spline_flow(wanted: Tensor, target: Tensor, side: int) -> Tensor:
    """The flow `spline` of `motions` alone, (B, 2, side, side)."""
    (spline,) = splines(wanted, (target,), (1.0,), grid(side, wanted.device).flatten(0, 1))
    return spline.transpose(1, 2).unflatten(2, (side, side))


def splines(wanted: Tensor, targets: tuple[Tensor, ...], flips: tuple[float, ...], places: Tensor) -> tuple[Tensor, ...]:
    """For each of some targets' landmarks (B, 68, 2): where places (N, 2) lie in its picture, (B, N, 2).

    flips: -1 for a target whose picture is taken mirrored, else 1. The splines of one wanted frame share their equations.
    """
    border = constant(BORDER, wanted.device).expand(len(wanted), -1, -1)
    points = torch.cat((wanted, border), 1)
    values = torch.cat(
        [torch.cat((target, border * constant((flip, 1.0), border.device)), 1) for target, flip in zip(targets, flips, strict=True)], 2
    )
    return evaluate(points, coefficients(points, values), places).split(2, 2)
