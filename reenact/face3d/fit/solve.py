"""Levenberg-Marquardt on frames that share identities, with blendshapes kept in 0..1.

Minimised for each person p with frames f, observed landmarks o, pose, blendshapes w and coefficients as `project` takes them:

    E_p = ½ Σ_f [ Σ_j |p_j(pose_f, w_f, identity_p) - o_fj|² / NOISE_j² + w_fᵀ Q w_f + 2 g·w_f ] + ½ n_p |identity_p|²

in outer-eye distances, with Q and g from `blendshape_prior` and n_p from `identity_precision`. In each step the identity's normal equations
are reduced by Schur complement: a frame's own 57 unknowns are eliminated, so that the work grows with the frames and not with their cube.
Blendshapes that lie at a bound and are pushed against it are left out of a step (active set); those that a step carries over a bound
are held there and the step is made again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from reenact.face3d.fit.basis import Basis
from reenact.face3d.fit.priors import NOISE, blendshape_prior, identity_precision
from reenact.face3d.fit.view import POSE, linearise, project
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.faces.layout68 import COORDINATES

STEPS = 30
BOUND_PASSES = 3  # times that a step is made anew with the blendshapes that it carried out of bounds held there
ENOUGH = 1e-4  # a step that lowers the energy by less than this share of it is the last
FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-7, 1e7
OWN = POSE + len(BLENDSHAPES)  # unknowns of a frame alone


@dataclass
class State:
    """Unknowns: pose (F, 6), blendshapes (F, 51), identity (P, K); a person's frames lie together, from starts (P,) on."""

    pose: np.ndarray
    blendshapes: np.ndarray
    identity: np.ndarray
    starts: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """Frames of each person (P,)."""
        return np.diff(np.append(self.starts, len(self.pose)))

    @property
    def coefficients(self) -> np.ndarray:
        """Coefficients (F, 51 + K) as a basis takes them."""
        return np.concatenate([self.blendshapes, np.repeat(self.identity, self.counts, 0)], 1)

    def part(self, people: np.ndarray) -> tuple[State, np.ndarray]:
        """The state of some people (P,) bool, and which frames are theirs (F,) bool."""
        frames = np.repeat(people, self.counts)
        counts = self.counts[people]
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        return State(self.pose[frames], self.blendshapes[frames], self.identity[people], starts), frames

    def put(self, people: np.ndarray, other: State) -> None:
        """Take over the state of some people (P,) bool."""
        frames = np.repeat(people, self.counts)
        self.pose[frames], self.blendshapes[frames], self.identity[people] = other.pose, other.blendshapes, other.identity


def solve(basis: Basis, observed: np.ndarray, pose: np.ndarray, starts: np.ndarray) -> State:
    """The state of least energy near a starting pose (F, 6), from a neutral face of average identity.

    observed (F, 68, 2) landmarks in outer-eye distances; starts (P,): the first frame of each person.
    """
    state = State(pose.copy(), np.zeros((len(pose), len(BLENDSHAPES))), np.zeros((len(starts), basis.modes)), starts)
    damping = np.full(len(starts), FIRST_DAMPING)
    energies = energy(basis, state, observed)
    going = np.ones(len(starts), bool)
    for _ in range(STEPS):
        part, frames = state.part(going)
        proposed = step(basis, part, observed[frames], damping[going])
        before, after = energies[going], energy(basis, proposed, observed[frames])
        better = after < before
        accepted = going.copy()
        accepted[going] = better
        state.put(accepted, proposed.part(better)[0])
        energies[accepted] = after[better]
        damping[going] = np.clip(damping[going] * np.where(better, 0.2, 8.0), LEAST_DAMPING, None)
        done = (better & (before - after <= ENOUGH * before)) | (damping[going] > MOST_DAMPING)
        going[going] = ~done
        if not going.any():
            break
    return state


def energy(basis: Basis, state: State, observed: np.ndarray) -> np.ndarray:
    """E (P,) of each person."""
    errors = (project(basis, state.pose, state.coefficients) - observed) / NOISE[:, None]
    precision, pull = blendshape_prior()
    of_frames = (errors**2).sum((1, 2)) + ((state.blendshapes @ precision + 2 * pull) * state.blendshapes).sum(1)
    of_people = identity_precision(state.counts) * (state.identity**2).sum(1)
    return (np.add.reduceat(of_frames, state.starts) + of_people) / 2


def step(basis: Basis, state: State, observed: np.ndarray, damping: np.ndarray) -> State:
    """A damped Gauss-Newton step; damping (P,): the share of the diagonal that is added to it (Marquardt)."""
    normal, gradient = normal_equations(basis, state, observed)
    slope = gradient[:, POSE:OWN]
    free = ~(((state.blendshapes <= 0) & (slope > 0)) | ((state.blendshapes >= 1) & (slope < 0)))
    blendshapes = state.blendshapes
    for _ in range(BOUND_PASSES):
        pinned = np.where(free, 0.0, blendshapes - state.blendshapes)
        own, identity = reduced_step(state, normal, gradient, free, pinned, damping)
        blendshapes = state.blendshapes + own[:, POSE:]
        outside = free & ((blendshapes < 0) | (blendshapes > 1))
        blendshapes = np.clip(blendshapes, 0, 1)
        if not outside.any():
            break
        free &= ~outside
    return State(state.pose + own[:, :POSE], blendshapes, state.identity + identity, state.starts)


def normal_equations(basis: Basis, state: State, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Newton's Hessian (F, 57 + K, 57 + K) and gradient (F, 57 + K) of each frame, without the identity's prior."""
    predicted, derivatives = linearise(basis, state.pose, state.coefficients)
    derivatives /= NOISE[:, None, None]
    slopes = torch.from_numpy(derivatives).reshape(len(predicted), COORDINATES, -1)
    errors = torch.from_numpy((predicted - observed) / NOISE[:, None]).reshape(len(predicted), COORDINATES, 1)
    # Not numpy, whose BLAS starts threads anew for each of these small matrices: ten times slower on a busy machine.
    normal, gradient = torch.bmm(slopes.mT, slopes).numpy(), torch.bmm(slopes.mT, errors)[..., 0].numpy()
    precision, pull = blendshape_prior()
    normal[:, POSE:OWN, POSE:OWN] += precision
    gradient[:, POSE:OWN] += state.blendshapes @ precision + pull
    return normal, gradient


def reduced_step(
    state: State, normal: np.ndarray, gradient: np.ndarray, free: np.ndarray, pinned: np.ndarray, damping: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Changes of pose and blendshapes (F, 57) and of identities (P, K); blendshapes that are not free (F, 51) change by `pinned`."""
    counts, modes = state.counts, state.identity.shape[1]
    moving = np.concatenate([np.ones((len(free), POSE)), free], 1)
    given = np.concatenate([np.zeros((len(free), POSE)), pinned], 1)
    gradient = gradient + (normal[:, :, :OWN] @ given[..., None])[..., 0]
    block = normal[:, :OWN, :OWN] * (moving[:, :, None] * moving[:, None])
    diagonal = np.einsum("fii->fi", block)
    diagonal += diagonal * np.repeat(damping, counts)[:, None] + (1 - moving)
    mixed = normal[:, :OWN, OWN:] * moving[:, :, None]
    eliminated = np.linalg.solve(block, np.concatenate([mixed, (gradient[:, :OWN] * moving)[..., None]], -1))
    by_identity, alone = eliminated[..., :modes], eliminated[..., modes]
    prior, across = identity_precision(counts)[:, None], np.swapaxes(mixed, 1, 2)
    whole = np.add.reduceat(np.einsum("fkk->fk", normal[:, OWN:, OWN:]), state.starts) + prior
    reduced = np.add.reduceat(normal[:, OWN:, OWN:] - across @ by_identity, state.starts)
    np.einsum("pkk->pk", reduced)[...] += prior + damping[:, None] * whole
    rest = np.add.reduceat(gradient[:, OWN:] - (across @ alone[..., None])[..., 0], state.starts) + prior * state.identity
    identity = -np.linalg.solve(reduced, rest[..., None])[..., 0]
    own = given - alone - (by_identity @ np.repeat(identity, counts, 0)[..., None])[..., 0]
    return own, identity
