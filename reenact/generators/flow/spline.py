"""Thin-plate splines: the smoothest maps of the plane that take some points to others (Bookstein 1989)."""

from __future__ import annotations

import torch
from torch import Tensor

# How much smoothness counts against hitting a point. With it the equations can be solved where points coincide, unless all lie on one line.
STIFFNESS = 1e-3
NEAREST = 1e-9  # squared distance below which the kernel is flat; its logarithm must stay finite


def kernel(a: Tensor, b: Tensor) -> Tensor:
    """r² log r², of the distances r between points (B, N, 2) and (B, M, 2): (B, N, M)."""
    squared = torch.cdist(a, b).square().clamp_min(NEAREST)
    return squared * squared.log()


def coefficients(points: Tensor, values: Tensor) -> Tensor:
    """The splines that take points (B, K, 2) to values (B, K, V): (B, K + 3, V), of the kernel at each point, then of 1, x and y."""
    batch, count, _ = points.shape
    affine = torch.cat((torch.ones_like(points[..., :1]), points), 2)  # (B, K, 3)
    system = points.new_zeros(batch, count + 3, count + 3)
    system[:, :count, :count] = kernel(points, points) + STIFFNESS * torch.eye(count, device=points.device)
    system[:, :count, count:] = affine
    system[:, count:, :count] = affine.transpose(1, 2)
    wanted = torch.cat((values, values.new_zeros(batch, 3, values.shape[2])), 1)
    # Unchecked, as a check waits for the device. The border's points are never on one line, so there is a solution.
    return torch.linalg.solve_ex(system, wanted).result


def evaluate(points: Tensor, splines: Tensor, places: Tensor) -> Tensor:
    """The splines (B, K + 3, V) of the points (B, K, 2) at places (N, 2): (B, N, V)."""
    places = places.expand(len(points), -1, -1)
    terms = torch.cat((kernel(places, points), torch.ones_like(places[..., :1]), places), 2)  # (B, N, K + 3)
    return terms @ splines
