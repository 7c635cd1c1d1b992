"""What this machine must have before Snakemake begins: it deletes a job's outputs before it starts the job, and tries it again."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from reenact.config.schema import Params
from reenact.face3d.facemodel.ictfacekit import model_files
from reenact.face3d.facemodel.load import ANNY

HERE = (None, "local")  # Snakemake's executors whose jobs run on this machine


def refuse_missing(root: Path, params: Params, arguments: Namespace | None) -> None:
    """Raise ReenactError if the face model lacks files or, where the jobs run here, CUDA is asked for and there is none."""
    if params.face_model != ANNY:
        model_files(root / params.face_model)
    if params.device == "cuda" and (arguments is None or arguments.executor in HERE):
        from reenact.training.device import pick_device  # PyTorch takes seconds

        pick_device(params.device)
