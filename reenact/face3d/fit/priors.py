"""What the fit takes for likely before it sees any landmarks: how far they lie from the mesh's, and how strong blendshapes are.

A landmark's two coordinates err by `NOISE` outer-eye distances, Gaussian. A blendshape is weak more often than strong: Gaussian with the
deviation `strength` about 0 and `ASYMMETRY` of it about its mirror image, times an exponential (`SPARSITY`) that leaves at 0 what little
speaks for. Identity coefficients are standard normal. The pose has no prior.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from reenact.face3d.headmodel import BLENDSHAPES
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX

# Mean distances of dlib's landmarks from the mesh's, in outer-eye distances (`python -m benchmarks.render --quality`): how many, distance.
DISTANCES = ((17, 0.054), (10, 0.044), (9, 0.029), (12, 0.023), (20, 0.028))
MEAN_DISTANCE = np.sqrt(np.pi / 2)  # of a Gaussian in the plane, whose two coordinates deviate by 1
# Neighbours err together, so that 68 points tell as much as some 30 with errors of their own would.
TOGETHER = 1.5
NOISE = np.repeat([TOGETHER * distance / MEAN_DISTANCE for _, distance in DISTANCES], [count for count, _ in DISTANCES])

# Share of the errors' variance that is the same in all frames of a person, so that no number of frames removes it (`benchmarks.fit`).
SHARED_ERROR = 0.5

COMMON_STRENGTH = 0.25
STRENGTHS = {
    "eyeBlink": 0.5,
    "eyeLook": 0.15,  # landmarks show it through the lids at most
    "jawOpen": 0.4,
    "jaw": 0.1,
    "cheek": 0.15,
    "brow": 0.35,
    "mouthSmile": 0.4,
    "mouthClose": 0.1,
    "mouthRoll": 0.2,
    "mouthShrug": 0.15,
    "mouthDimple": 0.15,
    "mouthPress": 0.15,
    "mouthLeft": 0.15,
    "mouthRight": 0.15,
    "noseSneer": 0.15,
}
ASYMMETRY = 0.4
SPARSITY = 0.5
SIDEWAYS = ("jawLeft", "mouthLeft")  # whose mirror images are other actions, not the other half of the same


def strength(blendshape: str) -> float:
    """The prior deviation of a blendshape from 0."""
    return next((value for beginning, value in STRENGTHS.items() if blendshape.startswith(beginning)), COMMON_STRENGTH)


def mirror_pairs() -> list[tuple[int, int]]:
    """Positions of the blendshapes that are two halves of one action; of the gaze's, the two eyes' looking the same way."""
    pairs = []
    for blendshape in BLENDSHAPES:
        if blendshape.endswith("Left") and blendshape not in SIDEWAYS:
            other = blendshape.removesuffix("Left") + "Right"
            if blendshape.startswith("eyeLookIn"):
                other = other.replace("In", "Out")
            elif blendshape.startswith("eyeLookOut"):
                other = other.replace("Out", "In")
            pairs.append((BLENDSHAPE_INDEX[blendshape], BLENDSHAPE_INDEX[other]))
    return pairs


@cache
def blendshape_prior() -> tuple[np.ndarray, np.ndarray]:
    """Q (51, 51) and g (51,) of the negative logarithm ½ uᵀ Q u + g·u of the prior of strengths u in 0..1."""
    deviations = np.array([strength(blendshape) for blendshape in BLENDSHAPES])
    precision = np.diag(deviations**-2)
    for left, right in mirror_pairs():
        difference = np.zeros(len(BLENDSHAPES))
        difference[[left, right]] = 1, -1
        precision += np.outer(difference, difference) / (ASYMMETRY * deviations[left]) ** 2
    return precision, SPARSITY / deviations


def identity_precision(frames: np.ndarray) -> np.ndarray:
    """The precision of the prior of identities seen in `frames` (P,) frames each.

    Errors e = (share s the same in each frame, 1 - s its own) of n frames weigh as those of n / (1 + (n - 1) s) independent ones; the
    balance is the same with all n counted and the prior weighted by 1 + (n - 1) s.
    """
    return 1 + (frames - 1) * SHARED_ERROR
