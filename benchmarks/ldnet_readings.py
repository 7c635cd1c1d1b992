"""What each reading of the paper is worth: LD-Net trained with one of them changed at a time; prints one JSON line.

    python -m benchmarks.ldnet_readings [--preset laptop] [--only relu ...] [--seeds 1] [--shards FILES ...] [--threads 1]

Each of `READINGS`, and the preset as it is, is trained on landmark-only people and measured on the second family of heads, which is
never trained on. A placement or a residual is measured with the preset's own network:

- E_I_same_identity, E_I_same_pose, E_P_same_pose, E_P_same_identity: ratios of Table 1.
- shape, placed: error of transfer over that of the driver's landmarks (`benchmarks.transfer_error`).
- real_people: with --shards, the AUC of real people's identity codes (`benchmarks.real_people`).

Figures are means over the seeds; `spread`, where there are several, is the largest difference between two of the preset as it is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.command import errors_as_text, positive
from benchmarks.landmark_grids import grids
from benchmarks.ldnet import FRAMES, IDENTITIES, ROOT, table1, trained
from benchmarks.real_people import people_auc
from benchmarks.transfer_error import errors_with
from reenact.config.presets import apply_preset
from reenact.progress import progress
from reenact.reenactment.transfer import DEFAULT_SETTINGS, TransferSettings

FAMILY = "second family"
AS_IT_IS = "as it is"
READINGS: Mapping[str, list[str]] = {
    AS_IT_IS: [],
    "relu": ["ldnet.activation=relu"],
    "gelu": ["ldnet.activation=gelu"],
    "layer normalisation": ["ldnet.normalisation=layer"],
    "adversary not clamped": ["ldnet.clamp_adversary=false"],
    "generator anew in phase 2": ["ldnet.generator_from_phase1=false"],
    "pose encoder learns in phase 2": ["ldnet.freeze_pose_encoder=false"],
    "frames of any clip": ["ldnet.other_clip=false"],
    "content as a mean": ["ldnet.weight_content=0.00015625"],  # over 64 numbers: the paper's 0.01 / 64
    "no swap loss": ["ldnet.weight_swap=0"],
    "no contrast": ["ldnet.weight_contrast=0"],
    "neither": ["ldnet.weight_swap=0", "ldnet.weight_contrast=0"],
    "no EMA": ["ldnet.ema_decay=0"],
    "bfloat16": ["ldnet.precision=bfloat16"],
    "500 people": ["corpus.landmark_subjects=500"],
}
SETTINGS: Mapping[str, TransferSettings] = {
    "placement relative": replace(DEFAULT_SETTINGS, placement="relative"),
    "no residual": replace(DEFAULT_SETTINGS, residual=0.0),
    "whole residual": replace(DEFAULT_SETTINGS, residual=1.0),
}


def figures_of(preset: str, overrides: list[str], shards: Sequence[Path], settings: Mapping[str, TransferSettings]) -> dict[str, dict]:
    """Figures of a training with the overrides, under the name "", and of its transfers with other settings."""
    ldnet, _ = trained(apply_preset(ROOT, preset, overrides))
    grid = grids(IDENTITIES, FRAMES, [])[FAMILY]
    ratios = {space: {name: value for name, (value, _, _) in found.items()} for space, found in table1(ldnet, grid).items()}
    codes = {f"{space}_{name}": ratios[space][name] for space in ("E_I", "E_P") for name in ("same_identity", "same_pose")}
    found = {"": codes | errors_with(ldnet, grid, DEFAULT_SETTINGS)}
    if shards:
        found[""]["real_people"] = people_auc(ldnet, shards)["auc"]["E_I"]
    return found | {name: errors_with(ldnet, grid, changed) for name, changed in settings.items()}


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="laptop")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=READINGS, help=f"these alone, of: {', '.join(READINGS)}")
    parser.add_argument("--seeds", type=positive(int), default=1)
    parser.add_argument("--shards", type=Path, nargs="+", default=[])
    parser.add_argument("--threads", type=positive(int), default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    readings = {name: READINGS[name] for name in options.only or READINGS}
    runs: dict[str, list[dict]] = {}
    for name in progress(readings, what="readings", unit="reading"):
        for seed in range(1, options.seeds + 1):
            overrides = [*readings[name], f"training_seed={seed}"]
            found = figures_of(options.preset, overrides, options.shards, SETTINGS if name == AS_IT_IS else {})
            for setting, figures in found.items():
                runs.setdefault(setting or name, []).append(figures)
    means = {name: {key: round(float(np.mean([run[key] for run in each])), 3) for key in each[0]} for name, each in runs.items()}
    result = {"preset": options.preset, "seeds": options.seeds, "readings": means}
    if options.seeds > 1 and AS_IT_IS in runs:
        result["spread"] = {key: round(float(np.ptp([run[key] for run in runs[AS_IT_IS]])), 3) for key in means[AS_IT_IS]}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
