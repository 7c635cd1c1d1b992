"""Real people: how well identity codes know them again over different clips, and where placements put them in their crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from scipy.stats import mannwhitneyu

from benchmarks.landmark_grids import SEED
from reenact.errors import ReenactError
from reenact.faces.layout68 import OUTER_EYES
from reenact.faces.normalise import normalise
from reenact.ldnet.model import LDNet
from reenact.metrics.disentanglement import principal_components
from reenact.reenactment.placement import Placement
from reenact.reenactment.transfer import DEFAULT_SETTINGS, Transfer
from reenact.seeding import generator
from reenact.shards.reader import read_landmarks

PAIRS = 4_000_000
COMPONENTS = 8


@torch.inference_mode()
def people_auc(ldnet: LDNet, shards: Sequence[Path]) -> dict:
    """The share of cases in which two frames of a person, of different clips, are nearer than frames of two people (AUC), by space.

    Random pairs of frames. Distances are those of codes reduced to 8 dimensions; of LD-Net's identity codes, and of landmarks as they are.
    ReenactError where no person has two clips, or there is only one.
    """
    table = read_landmarks(shards)
    points = normalise(table.landmarks)[0]
    one, other = generator(SEED, "real pairs").integers(len(points), size=(2, PAIRS))
    same_person = table.subject[one] == table.subject[other]
    within, between = same_person & (table.clip[one] != table.clip[other]), ~same_person
    if not (within.any() and between.any()):
        raise ReenactError("--shards: two people or more are needed, and one of them in two clips")
    spaces = {"E_I": ldnet.encode_identity(torch.from_numpy(points)).numpy(), "landmarks": points}
    found = {}
    for space, codes in spaces.items():
        reduced = principal_components(codes, COMPONENTS).astype(np.float32)
        apart, near = (np.linalg.norm(reduced[one[pairs]] - reduced[other[pairs]], axis=1) for pairs in (between, within))
        found[space] = round(float(mannwhitneyu(apart, near).statistic / len(apart) / len(near)), 4)
    people = np.unique(table.subject[one[within]])
    return {"auc": found, "people": len(people), "people_between": len(np.unique(table.subject)), "frames": len(points)}


def own_clip_errors(ldnet: LDNet, shards: Sequence[Path]) -> dict[str, float]:
    """Mean distance from the truth, in outer-eye distances, of people whom their own clip drives, by placement.

    Random frames of each clip give the target's picture and the driver's reference. Landmarks are in crops, which follow the face.
    """
    table, random = read_landmarks(shards), generator(SEED, "own clips")
    errors: dict[str, list[float]] = {}
    for clip in np.unique(table.clip):
        frames = table.landmarks[table.clip == clip]
        start, reference = random.integers(len(frames), size=2)
        eyes = np.linalg.norm(frames[:, OUTER_EYES[0]] - frames[:, OUTER_EYES[1]], axis=-1)[:, None]
        for placement in get_args(Placement):
            transfer = Transfer.for_target(ldnet, frames[start], replace(DEFAULT_SETTINGS, placement=placement))
            wrong = np.linalg.norm(transfer.landmarks(frames, frames[reference]) - frames, axis=-1)
            errors.setdefault(placement, []).append(float((wrong / eyes).mean()))
    return {placement: round(float(np.mean(values)), 4) for placement, values in errors.items()}
