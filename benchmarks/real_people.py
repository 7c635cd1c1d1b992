"""How well identity codes know real people again, over different clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.stats import mannwhitneyu

from benchmarks.landmark_grids import SEED
from reenact.errors import ReenactError
from reenact.faces.normalise import normalise
from reenact.ldnet.model import LDNet
from reenact.metrics.disentanglement import principal_components
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
