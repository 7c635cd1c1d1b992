"""The thin-plate spline against scipy's."""

from __future__ import annotations

import numpy as np
import torch
from scipy.interpolate import RBFInterpolator

from reenact.generators.flow.spline import STIFFNESS, coefficients, evaluate
from reenact.seeding import generator


def test_the_spline_is_scipys():
    random = generator(1, "spline")
    points, values = random.uniform(-1, 1, (76, 2)), random.uniform(-1, 1, (76, 2))
    places = random.uniform(-1.2, 1.2, (50, 2))
    # Its kernel is r² log r, half of r² log r².
    expected = RBFInterpolator(points, values, kernel="thin_plate_spline", smoothing=STIFFNESS / 2, degree=1)(places)
    tensors = [torch.from_numpy(array).float()[None] for array in (points, values)]
    found = evaluate(tensors[0], coefficients(*tensors), torch.from_numpy(places).float())
    np.testing.assert_allclose(found[0].numpy(), expected, atol=2e-3)


def test_a_point_is_missed_by_stiffness_times_its_coefficient():
    random = generator(4, "spline")
    points, values = (torch.from_numpy(random.uniform(-1, 1, (1, 30, 2))) for _ in range(2))
    splines = coefficients(points, values)
    missed = values - evaluate(points, splines, points[0])
    torch.testing.assert_close(missed, STIFFNESS * splines[:, :30], atol=1e-6, rtol=0)
    torch.testing.assert_close(splines[:, :30].sum(1), torch.zeros(1, 2, dtype=torch.float64), atol=1e-6, rtol=0)


def test_an_affine_map_is_kept_everywhere():
    random = generator(2, "spline")
    points = torch.from_numpy(random.uniform(-1, 1, (1, 20, 2))).float()
    matrix, shift = torch.tensor([[0.9, 0.2], [-0.1, 1.1]]), torch.tensor([0.05, -0.2])
    places = torch.tensor([[3.0, -2.0], [0.0, 0.0], [-1.0, 5.0]])
    found = evaluate(points, coefficients(points, points @ matrix + shift), places)
    torch.testing.assert_close(found[0], places @ matrix + shift, atol=1e-3, rtol=0)


def test_each_of_a_batch_has_its_own_spline():
    random = generator(3, "spline")
    points, values = (torch.from_numpy(random.uniform(-1, 1, (3, 12, 2))).float() for _ in range(2))
    places = torch.from_numpy(random.uniform(-1, 1, (7, 2))).float()
    together = evaluate(points, coefficients(points, values), places)
    alone = torch.cat([evaluate(points[i : i + 1], coefficients(points[i : i + 1], values[i : i + 1]), places) for i in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)


def test_points_that_coincide_or_lie_on_one_line_give_finite_splines():
    """As long as three others, such as the corners of a picture, say what an affine map is."""
    line = torch.linspace(-1, 1, 20)[:, None].expand(20, 2)
    corners = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
    values = torch.cat((line, corners))[None]
    for points in (torch.zeros(20, 2), torch.full((20, 2), 0.3), line, corners[:1].expand(20, 2)):
        points = torch.cat((points, corners))[None]
        assert evaluate(points, coefficients(points, values), torch.rand(30, 2)).abs().max() < 10
