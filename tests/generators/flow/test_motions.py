"""The four motions: what each does with a face that moves, and with one that is symmetric."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.faces.layout68 import MIRRORED
from reenact.generators.flow.head import head_flow, mean_face
from reenact.generators.flow.motions import MOTIONS, flow_side, motions, spline_flow, splines
from reenact.generators.flow.places import grid, resize, sample, to_places

CPU = torch.device("cpu")
SIDE = 32
PIXEL = 2 / 64  # of a 64×64 picture


def opposite(landmarks: torch.Tensor) -> torch.Tensor:
    """The landmarks on the other side of the face."""
    return landmarks[:, list(MIRRORED)]


@pytest.fixture
def places(face):
    """The cartoon face (1, 68, 2) in places: `places(shift, mouth)`. It is symmetric about the picture's middle where shift is -0.5."""
    return lambda shift, mouth: to_places(torch.from_numpy(face(shift, mouth))[None], 64)


def test_the_opposite_of_the_opposite_is_the_point_itself():
    assert sorted(MIRRORED) == list(range(68))
    assert [MIRRORED[MIRRORED[point]] for point in range(68)] == list(range(68))


def test_opposite_points_of_a_symmetric_face_mirror_each_other(places):
    for landmarks in (places(-0.5, 3), mean_face()[None, :, :2]):
        torch.testing.assert_close(opposite(landmarks) * torch.tensor([-1.0, 1.0]), landmarks, atol=2e-3, rtol=0)


def test_order_and_shapes(places):
    """still, head, mirrored, spline; each flow x then y, at any side."""
    wanted, target = torch.cat((places(5, 4), places(-2, 1))), torch.cat((places(-5, 1), places(3, 2)))
    assert MOTIONS == ("still", "head", "mirrored", "spline")
    moves = motions(wanted, target, SIDE)
    assert moves.flows.shape == (2, 4, 2, SIDE, SIDE) and moves.flows.dtype == torch.float32
    assert moves.seen.shape == moves.inside.shape == (2, 1, SIDE, SIDE)
    still, head, _, spline = moves.flows.unbind(1)
    assert torch.equal(still, grid(SIDE, CPU).permute(2, 0, 1).expand(2, -1, -1, -1))
    alone = head_flow(wanted, target, grid(SIDE, CPU).flatten(0, 1))
    assert torch.equal(head, alone.flow.transpose(1, 2).reshape(2, 2, SIDE, SIDE))
    assert torch.equal(moves.seen, alone.seen.reshape(2, 1, SIDE, SIDE))
    assert torch.equal(moves.inside, alone.inside.reshape(2, 1, SIDE, SIDE))
    torch.testing.assert_close(spline, spline_flow(wanted, target, SIDE), atol=1e-5, rtol=0)


def test_a_flow_is_as_fine_as_eyes_and_lips_need():
    """A quarter of the picture, and 32 at least."""
    assert [flow_side(size) for size in (64, 128, 256, 512)] == [32, 32, 64, 128]


def test_wanted_landmarks_come_from_the_targets_and_from_the_opposite_ones(places):
    """All but for a quarter of a pixel, which the spline's stiffness leaves."""
    wanted, target = places(5, 4), places(-5, 1)
    goals = opposite(target), target
    found = splines(wanted, goals, (-1.0, 1.0), wanted[0])
    assert (goals[0] - goals[1]).norm(dim=2).max() > 20 * PIXEL
    for goal, flow in zip(goals, found, strict=True):
        assert (flow - goal).norm(dim=2).max() < PIXEL / 4


def test_landmarks_that_stay_leave_the_picture_alone(places):
    landmarks = places(2, 3)
    moves = motions(landmarks, landmarks, SIDE)
    for motion in (0, 1, 3):
        torch.testing.assert_close(moves.flows[:, motion], moves.flows[:, 0], atol=1e-4, rtol=0)


def test_the_pictures_edges_stay(places):
    """Points just beyond the corners and the middles of the edges are held, in the mirrored picture by what lies opposite."""
    edges = torch.tensor([[x, y] for x in (-1.05, 0.0, 1.05) for y in (-1.05, 0.0, 1.05) if x or y])
    mirrored, spline = splines(places(6, 4), (opposite(places(-6, 1)), places(-6, 1)), (-1.0, 1.0), edges)
    assert (spline - edges).norm(dim=2).max() < PIXEL / 4
    assert (mirrored - edges * torch.tensor([-1.0, 1.0])).norm(dim=2).max() < PIXEL / 4


def test_the_mirrored_half_of_a_symmetric_picture_is_the_other_half(places):
    """Of a symmetric target, the mirrored motion shows what the spline does."""
    random = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (1, 3, 64, 64))).float()
    picture, target = random + random.flip(3), places(-0.5, 2)
    _, _, mirrored, spline = motions(places(6, 5), target, SIDE).flows.unbind(1)
    assert (mirrored - spline).abs().max() > 10 * PIXEL
    shown = [sample(picture, resize(flow, 64)) for flow in (mirrored, spline)]
    torch.testing.assert_close(shown[0], shown[1], atol=5e-3, rtol=0)


def test_flows_are_as_exact_in_a_training_in_bfloat16(places):
    """Eight bits would be a whole pixel. Only the convolutions are to be that short."""
    exact = motions(places(5, 4), places(-5, 1), SIDE)
    with torch.autocast("cpu", torch.bfloat16):
        rough = motions(places(5, 4), places(-5, 1), SIDE)
    for a, b in zip(exact, rough, strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=0)


@pytest.mark.parametrize("scale", [0.0, 1e4], ids=["one point", "far apart"])
def test_landmarks_of_no_face_give_finite_motions(places, scale):
    bad, good = scale * places(0, 2), places(0, 2)
    for wanted, target in ((bad, good), (good, bad), (bad, bad)):
        assert all(part.isfinite().all() for part in motions(wanted, target, SIDE))


NO_FACES = {
    "one line": torch.linspace(-1, 1, 68)[:, None].expand(68, 2),
    "level line": torch.stack((torch.linspace(-1, 1, 68), torch.zeros(68)), 1),
    "one point": torch.full((68, 2), 0.3),
    "on a held corner": torch.full((68, 2), 1.05),
    "far outside": torch.linspace(9_000, 10_000, 136).reshape(68, 2),
    "far apart": torch.linspace(-10_000, 10_000, 136).reshape(68, 2).flip(1),
}


@pytest.mark.parametrize("odd", NO_FACES)
def test_what_is_learned_through_a_flow_of_no_face_has_finite_gradients(places, odd):
    """Of the picture, of a refinement of each flow, and of the landmarks that a spline is made of."""
    good, bad = places(0, 2), NO_FACES[odd][None]
    for wanted, target in ((bad, good), (good, bad), (bad, bad)):
        wanted, target = wanted.clone().requires_grad_(), target.clone().requires_grad_()
        picture, refinement = torch.rand(1, 3, 64, 64, requires_grad=True), torch.zeros(4, 2, SIDE, SIDE, requires_grad=True)
        flows = motions(wanted, target, SIDE).flows[0] + refinement
        spline = spline_flow(wanted, target, SIDE)
        shown = sample(picture.expand(5, -1, -1, -1), resize(torch.cat((flows, spline)), 64))
        shown.square().sum().backward()
        assert shown.isfinite().all()
        assert all(tensor.grad.isfinite().all() for tensor in (picture, refinement, wanted, target))


def test_motions_have_no_gradient(places):
    """A head's pose has none where landmarks lie on one line, so nobody learns landmarks through it."""
    moves = motions(places(5, 4).requires_grad_(), places(-5, 1).requires_grad_(), SIDE)
    assert not any(part.requires_grad for part in moves)
