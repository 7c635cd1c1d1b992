"""The energy that the fit minimises, and the tables that it and the drawings rest on, written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reenact.face3d.facemodel import face_model
from reenact.face3d.fit.basis import Basis
from reenact.face3d.fit.priors import blendshape_prior, identity_precision, mirror_pairs, strength
from reenact.face3d.fit.solve import State, energy, normal_equations, reduced_step, step
from reenact.face3d.fit.view import project
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.face3d.headmodel.identity import corner_shares, gentleness
from reenact.face3d.headmodel.mesh_landmarks import LandmarkTable
from reenact.faces.landmark_image import draw

# Mean distance of dlib's landmarks in outer-eye distances: jaw, brows, nose, eyes, mouth; errors of neighbours go together by half.
DISTANCE = [0.054] * 17 + [0.044] * 10 + [0.029] * 9 + [0.023] * 12 + [0.028] * 20


@pytest.fixture(scope="module")
def basis() -> Basis:
    return Basis.of(face_model("anny"))


@pytest.fixture
def state(basis) -> tuple[State, np.ndarray]:
    """Two people, of three frames and of two, and landmarks that are somewhat off."""
    rng = np.random.default_rng(0)
    pose = np.concatenate([rng.normal(0, 0.2, (5, 3)), rng.normal(2.5, 0.1, (5, 1)), rng.normal(0, 1, (5, 2))], 1)
    made = State(pose, rng.uniform(0, 0.7, (5, 51)), rng.normal(size=(2, basis.modes)), np.array([0, 3]))
    return made, project(basis, made.pose, made.coefficients) + rng.normal(0, 0.05, (5, 68, 2))


def test_the_energy_is_that_of_errors_units_and_identities(basis, state):
    """Sums in plain loops: Gaussian errors, blendshapes' strengths and asymmetries, an exponential, and standard normal identities."""
    unknowns, observed = state
    found = project(basis, unknowns.pose, unknowns.coefficients)
    expected = np.zeros(2)
    for frame, person in enumerate((0, 0, 0, 1, 1)):
        for point in range(68):
            noise = 1.5 * DISTANCE[point] / math.sqrt(math.pi / 2)
            expected[person] += ((found[frame, point] - observed[frame, point]) ** 2).sum() / noise**2 / 2
        for number, blendshape in enumerate(BLENDSHAPES):
            value = unknowns.blendshapes[frame, number]
            expected[person] += value**2 / strength(blendshape) ** 2 / 2 + 0.5 * value / strength(blendshape)
        for left, right in mirror_pairs():
            apart = unknowns.blendshapes[frame, left] - unknowns.blendshapes[frame, right]
            expected[person] += (apart / (0.4 * strength(BLENDSHAPES[left]))) ** 2 / 2
    for person, frames in enumerate((3, 2)):
        expected[person] += (1 + (frames - 1) / 2) * (unknowns.identity[person] ** 2).sum() / 2
    np.testing.assert_allclose(energy(basis, unknowns, observed), expected, rtol=1e-9)


def test_the_gradient_is_the_energys_slope(basis, state):
    """Against finite differences, for unknowns of a frame alone and of a person."""
    unknowns, observed = state
    _, gradient = normal_equations(basis, unknowns, observed)
    small = 1e-6
    for frame, unknown in ((0, 0), (1, 3), (3, 5), (4, 6), (2, 6 + 24), (4, 56)):
        ahead, behind = (State(unknowns.pose.copy(), unknowns.blendshapes.copy(), unknowns.identity, unknowns.starts) for _ in range(2))
        for each, sign in ((ahead, 1), (behind, -1)):
            values, column = (each.pose, unknown) if unknown < 6 else (each.blendshapes, unknown - 6)
            values[frame, column] += sign * small
        slope = (energy(basis, ahead, observed) - energy(basis, behind, observed)).sum() / (2 * small)
        assert gradient[frame, unknown] == pytest.approx(slope, rel=1e-4, abs=1e-3)
    for person, mode, frames in ((0, 0, slice(0, 3)), (1, 4, slice(3, 5))):
        ahead, behind = (State(unknowns.pose, unknowns.blendshapes, unknowns.identity.copy(), unknowns.starts) for _ in range(2))
        ahead.identity[person, mode] += small
        behind.identity[person, mode] -= small
        slope = (energy(basis, ahead, observed) - energy(basis, behind, observed))[person] / (2 * small)
        weight = (2.0, 1.5)[person]
        total = gradient[frames, 57 + mode].sum() + weight * unknowns.identity[person, mode]
        assert total == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_an_undamped_step_solves_all_unknowns_at_once(basis, state):
    """The Schur complement against one large system of both people's unknowns."""
    unknowns, observed = state
    normal, gradient = normal_equations(basis, unknowns, observed)
    modes, own = basis.modes, 57
    size = 5 * own + 2 * modes
    whole, right = np.zeros((size, size)), np.zeros(size)
    for frame, person in enumerate((0, 0, 0, 1, 1)):
        places = np.r_[frame * own : (frame + 1) * own, 5 * own + person * modes : 5 * own + (person + 1) * modes]
        whole[np.ix_(places, places)] += normal[frame]
        right[places] += gradient[frame]
    for person, weight in enumerate((2.0, 1.5)):
        places = np.r_[5 * own + person * modes : 5 * own + (person + 1) * modes]
        whole[places, places] += weight
        right[places] += weight * unknowns.identity[person]
    change = -np.linalg.solve(whole, right)
    free = np.ones((5, 51), bool)
    found, identity = reduced_step(unknowns, normal, gradient, free, np.zeros((5, 51)), np.zeros(2))
    np.testing.assert_allclose(found, change[: 5 * own].reshape(5, own), atol=1e-7)
    np.testing.assert_allclose(identity, change[5 * own :].reshape(2, modes), atol=1e-7)

    # Blendshapes that are held keep what they are given, and the others make the best of it.
    held, given = 6 + 24, 0.125
    free[1, 24] = False
    pinned = np.where(free, 0.0, given)
    others = np.delete(np.arange(size), own + held)
    change = np.zeros(size)
    change[own + held] = given
    change[others] = -np.linalg.solve(whole[np.ix_(others, others)], right[others] + whole[others, own + held] * given)
    found, identity = reduced_step(unknowns, normal, gradient, free, pinned, np.zeros(2))
    np.testing.assert_allclose(found, change[: 5 * own].reshape(5, own), atol=1e-7)
    np.testing.assert_allclose(identity, change[5 * own :].reshape(2, modes), atol=1e-7)


def test_a_step_keeps_units_within_bounds_and_lowers_the_energy(basis, state):
    unknowns, observed = state
    after = step(basis, unknowns, observed, np.full(2, 1e-3))
    assert (after.blendshapes >= 0).all() and (after.blendshapes <= 1).all()
    assert (energy(basis, after, observed) < energy(basis, unknowns, observed)).all()


def test_errors_that_frames_share_weigh_on_the_prior():
    np.testing.assert_array_equal(identity_precision(np.array([1, 2, 3, 101])), [1, 1.5, 2, 51])


def test_units_have_the_stated_strengths():
    expected = {
        "eyeBlinkLeft": 0.5, "eyeLookUpRight": 0.15, "eyeWideLeft": 0.25, "eyeSquintLeft": 0.25, "jawOpen": 0.4, "jawLeft": 0.1,
        "cheekPuff": 0.15, "browInnerUp": 0.35, "mouthSmileLeft": 0.4, "mouthClose": 0.1, "mouthRollUpper": 0.2, "mouthShrugLower": 0.15,
        "mouthDimpleLeft": 0.15, "mouthPressRight": 0.15, "mouthLeft": 0.15, "mouthRight": 0.15, "mouthFunnel": 0.25, "noseSneerLeft": 0.15,
    }  # fmt: skip
    assert {blendshape: strength(blendshape) for blendshape in expected} == expected


def test_halves_of_an_action_are_paired_and_the_gazes_look_the_same_way():
    pairs = {(BLENDSHAPES[left], BLENDSHAPES[right]) for left, right in mirror_pairs()}
    assert {("eyeBlinkLeft", "eyeBlinkRight"), ("mouthSmileLeft", "mouthSmileRight"), ("browDownLeft", "browDownRight")} < pairs
    assert {("eyeLookInLeft", "eyeLookOutRight"), ("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookUpLeft", "eyeLookUpRight")} < pairs
    assert not any("jaw" in left or left == "mouthLeft" for left, _ in pairs)
    precision, pull = blendshape_prior()
    np.testing.assert_allclose(precision, precision.T)
    assert (np.linalg.eigvalsh(precision) > 0).all() and (pull > 0).all()


def test_the_jaws_landmarks_slide_with_the_yaw_and_stay_beyond_its_table():
    """A table of 68 points from 90 vertices in which the jaw at 0 degrees is vertices 0 to 16 and at 20 degrees 70 to 86."""
    fixed = [[k, k + 1] if k == 30 else [k] for k in range(68)]
    table = LandmarkTable(fixed, {20: [[70 + k] for k in range(17)], 0: [[k] for k in range(17)]})
    points = np.random.default_rng(0).normal(size=(5, 90, 3))
    yaw = np.radians([-10.0, 0, 5, 20, 40])
    found = table.from_vertices(points[:, table.vertices], yaw)
    assert found.shape == (5, 68, 3)
    for frame, share in enumerate((0, 0, 0.25, 1, 1)):
        expected = (1 - share) * points[frame, :17] + share * points[frame, 70:87]
        np.testing.assert_allclose(found[frame, :17], expected, atol=1e-12)
    np.testing.assert_allclose(found[:, 17:30], points[:, 17:30])
    np.testing.assert_allclose(found[:, 30], (points[:, 30] + points[:, 31]) / 2)


@pytest.mark.parametrize(("value", "shares"), [(0.3, (0, 0.7, 0.3)), (-0.6, (0.6, 0.4, 0)), (0.0, (0, 1, 0)), (1.0, (0, 0, 1))])
def test_a_slider_lies_between_its_corner_shapes(value, shares):
    found = corner_shares(value, "muscle")
    assert [name for name, _ in found] == ["minmuscle", "averagemuscle", "maxmuscle"]
    assert [share for _, share in found] == pytest.approx(shares)


def test_sliders_that_distort_are_gentler():
    assert gentleness("nose/nose-scale") == 1 and gentleness("nose/nose-septumangle") == 0.6
    assert gentleness("ears/r-ear-rot") == gentleness("neck/neck-scale") == 0.5 and gentleness("mouth/mouth-angles") == 0.35


# The 68-point scheme: part, its points, whether it is closed, and the colour that a trained network knows it by.
SCHEME = [
    (range(17), False, (255, 255, 255)),
    (range(17, 22), False, (255, 128, 0)),
    (range(22, 27), False, (255, 255, 0)),
    (range(27, 31), False, (0, 255, 0)),
    (range(31, 36), False, (0, 255, 255)),
    (range(36, 42), True, (0, 128, 255)),
    (range(42, 48), True, (128, 0, 255)),
    (range(48, 60), True, (255, 0, 0)),
    (range(60, 68), True, (255, 0, 255)),
]


@pytest.mark.parametrize("part", range(9))
def test_lines_join_the_scheme_s_points_in_its_colours(part):
    """All points far outside but those of one part, on a circle: chords join neighbours, and last and first only where it is closed."""
    points, closed, colour = SCHEME[part]
    landmarks = np.full((1, 68, 2), -5000.0, np.float32)
    angles = 2 * np.pi * np.arange(len(points)) / len(points)
    circle = 127.5 + 100 * np.stack([np.cos(angles), np.sin(angles)], 1)
    landmarks[0, list(points)] = circle
    image = (draw(landmarks, 256)[0].permute(1, 2, 0).numpy() + 1) * 127.5
    lit = image.max(2) > 0
    np.testing.assert_allclose(image[lit].max(0), colour, atol=1)
    for at in range(len(points)):
        x, y = np.rint((circle[at] + circle[(at + 1) % len(points)]) / 2).astype(int)
        near = lit[y - 1 : y + 2, x - 1 : x + 2].any()
        assert near == (closed or at < len(points) - 1), at
