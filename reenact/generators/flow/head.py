"""The head as one rigid body: an ellipsoid with a mean face on it, whose pose follows from the landmarks in closed form.

The head's axes: x to the picture's right, y down, z towards the camera; the origin is the middle of the ellipsoid, the unit the distance
between the outer corners of the eyes. A weak perspective shows a point p of the head at the place scale · (R p)[:2] + shift.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from reenact.faces.layout68 import MOUTH, POINTS
from reenact.generators.flow.places import constant

MEAN_FACE = Path(__file__).with_name("mean_face.json")
RADII = (0.95, 1.38, 1.15)  # of the head with short hair
BROWS = slice(17, 27)
RIDGE = 1e-4
LEAST_SCALE = 1e-4
LEAST_LENGTH = 1e-6
EDGE = 4.0  # a surface counts as seen in full from 1/4 on of the cosine between its normal and the line of sight


class Pose(NamedTuple):
    """B poses: rotation (B, 3, 3), scale (B,) in places a unit, shift (B, 2) in places."""

    rotation: Tensor
    scale: Tensor
    shift: Tensor


class HeadFlow(NamedTuple):
    """How N places move.

    flow: (B, N, 2), places in the target. seen: (B, N), 1 where the target shows that part of the head, 0 where it is turned away, and 1
    beyond the head. inside: (B, N), 1 on the head, 0 beyond it.
    """

    flow: Tensor
    seen: Tensor
    inside: Tensor


@cache
def mean_face() -> Tensor:
    """The 68 landmarks of the head model's mean person, (68, 3) float32 in the head's axes."""
    return torch.tensor(json.loads(MEAN_FACE.read_text(encoding="utf-8")), dtype=torch.float32)


def pose(landmarks: Tensor) -> Pose:
    """The pose of the mean face that is closest to landmarks (B, 68, 2), places.

    The mouth and the brows count little, as they move by themselves. Landmarks on one line give a finite pose, though a meaningless one.
    """
    weights, centre, inverse = _mean_face_equations(landmarks.device)
    middle = (weights * landmarks).sum(1)
    affine = (inverse @ (landmarks - middle.unsqueeze(1))).transpose(1, 2)  # (B, 2, 3): scale · rotation's first two rows
    scale = affine.norm(dim=2).mean(1).clamp_min(LEAST_SCALE)
    rows = orthonormal(affine)
    rotation = torch.cat((rows, torch.linalg.cross(rows[:, 0], rows[:, 1]).unsqueeze(1)), 1)
    return Pose(rotation, scale, middle - scale.unsqueeze(1) * (rows @ centre))


@cache
def _mean_face_equations(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Of the mean face: the weights of its points (68, 1), its centre (3,), and what takes landmarks' offsets to their map, (3, 68)."""
    weights = torch.ones(POINTS)
    weights[MOUTH], weights[BROWS] = 0.1, 0.5
    weights = (weights / weights.sum()).unsqueeze(1)
    centre = (weights * mean_face()).sum(0)
    known = mean_face() - centre
    square = known.T @ (weights * known) + RIDGE * torch.eye(3)
    inverse = torch.linalg.solve(square, (weights * known).T)
    return weights.to(device), centre.to(device), inverse.to(device)


def orthonormal(rows: Tensor) -> Tensor:
    """The orthonormal rows that are closest to rows (B, 2, 3); some of them where those lie on one line.

    They are U Vᵀ of the singular value decomposition, written out: PyTorch's own waits for a CUDA device.
    """
    square = rows @ rows.transpose(1, 2)
    angle = torch.atan2(2 * square[:, 0, 1], square[:, 0, 0] - square[:, 1, 1]) / 2  # of U's first column
    left = torch.stack((angle.cos(), angle.sin(), -angle.sin(), angle.cos()), 1).unflatten(1, (2, 2))  # (B, column, 2)
    long, short = (left @ rows).unbind(1)  # along V's columns; `long` is the longer one
    x, y = constant((1.0, 0.0, 0.0), rows.device), constant((0.0, 1.0, 0.0), rows.device)
    first = _direction(long, x.expand_as(long))
    aside = torch.linalg.cross(first, torch.where(first[:, :1].abs() < 0.5, x, y).expand_as(first))
    second = _direction(short - (short * first).sum(1, keepdim=True) * first, aside / aside.norm(dim=1, keepdim=True))
    return left.transpose(1, 2) @ torch.stack((first, second), 1)


def _direction(vectors: Tensor, otherwise: Tensor) -> Tensor:
    """Vectors (B, 3) of length 1, or those given where they are too short to have a direction."""
    length = vectors.norm(dim=1, keepdim=True)
    return torch.where(length > LEAST_LENGTH, vectors / length.clamp_min(LEAST_LENGTH), otherwise)


def head_flow(wanted: Tensor, target: Tensor, places: Tensor) -> HeadFlow:
    """How places (N, 2) of the wanted picture move with the head, from landmarks (B, 68, 2) of wanted picture and target, places.

    A place on the head shows the foremost point of the ellipsoid there, and goes where that is in the target. One beyond the head goes with
    the plane of the ellipsoid's outline, so that the flow has no jump there.
    """
    now, then = pose(wanted), pose(target)
    radii = constant(RADII, wanted.device)
    shape = now.rotation @ torch.diag(radii**-2) @ now.rotation.transpose(1, 2)  # x ∈ ellipsoid: xᵀ shape x = 1
    plane = (places - now.shift.unsqueeze(1)) / now.scale.view(-1, 1, 1)  # (B, N, 2)
    # The line of sight meets the ellipsoid where a z² + 2 b z + c = 0.
    a, b = shape[:, 2, 2].unsqueeze(1), (plane @ shape[:, :2, 2:]).squeeze(2)
    c = (plane @ shape[:, :2, :2] * plane).sum(2) - 1
    discriminant = b.square() - a * c
    z = (discriminant.clamp_min(0).sqrt() - b) / a
    point = torch.cat((plane, z.unsqueeze(2)), 2)  # (B, N, 3), turned as wanted
    turn = now.rotation @ then.rotation.transpose(1, 2)  # takes row vectors, turned as wanted, to the target's pose
    flow = (point @ turn)[..., :2] * then.scale.view(-1, 1, 1) + then.shift.unsqueeze(1)
    normal = point @ shape
    facing = (normal @ turn)[..., 2] / normal.norm(dim=2).clamp_min(LEAST_SCALE)
    inside = discriminant > 0
    seen = torch.where(inside, (EDGE * facing).clamp(0, 1), 1.0)
    return HeadFlow(flow, seen, inside.to(flow.dtype))
