"""How fast LD-Net learns and transfers, at the sizes of the paper; for `benchmarks.ldnet`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from benchmarks.landmark_grids import SEED, SIZE
from benchmarks.made_up import make_table
from benchmarks.speed import counted, fastest, named, product_gflops, seconds_of
from benchmarks.transcription import PlainPhase1, PlainPhase2
from reenact.config.networks import LDNetParams
from reenact.ldnet.model import LDNet
from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.ldnet.task import LDNetTask
from reenact.reenactment.transfer import DEFAULT_SETTINGS, Transfer, TransferSettings
from reenact.seeding import generator
from reenact.training.device import pick_precision
from reenact.training.turns import run_iteration

SUBJECTS, FRAMES = 1000, 8
SIDE = 2048  # of the matrices that show what the machine can do


def speed(params: LDNetParams, repeats: int, device: torch.device) -> dict:
    """Of training, for each phase and both as the parameters' iterations weigh them, and of transfer.

    iterations_per_second: of the fastest iteration, the draw included. over_transcription: over the same in a plain transcription of the
    equations (`benchmarks.transcription`), iterations of both taking turns; it is in float32, as PyTorch is by itself. share_of_peak:
    floating-point operations of the matrix products a second, over those of a product of two matrices of 2048 × 2048 in the training's
    precision. ms_per_frame: of landmarks in a batch of 1 or 100, pixels to pixels, with the residual and without.
    """
    precision = pick_precision(params.precision, device)
    peak = product_gflops(precision, SIDE, repeats, device)
    seconds = plain = operations = 0.0
    phases = {}
    for phase in untrained_phases(params, device):
        ours, theirs, counts = iteration_seconds(phase, repeats, device)
        share = counts / ours / 1e9 / peak
        phases[phase.name] = {"iterations_per_second": round(1 / ours, 2), "over_transcription": round(theirs / ours, 3)}
        phases[phase.name]["share_of_peak"] = round(share, 3)
        seconds, plain = seconds + phase.iterations * ours, plain + phase.iterations * theirs
        operations += phase.iterations * counts
    return {
        "over_transcription": round(plain / seconds, 3),
        "share_of_peak": round(operations / seconds / 1e9 / peak, 3),
        "precision": named(precision),
        "phases": phases,
        "matrix_gflops": round(peak, 1),
        **transfer_ms(params, repeats, device),
    }


def iteration_seconds(phase: Phase1 | Phase2, repeats: int, device: torch.device) -> tuple[float, float, int]:
    """Seconds of an iteration and of its transcription, and the iteration's floating-point operations."""
    plain = PlainPhase1(phase) if isinstance(phase, Phase1) else PlainPhase2(phase)
    draws = phase.batches(0)
    operations = counted(lambda: run_iteration(phase, next(draws)))
    draw = next(draws)
    plain.iterate(draw)
    turns = [
        (seconds_of(lambda: run_iteration(phase, next(draws)), device), seconds_of(lambda: plain.iterate(draw), device))
        for _ in range(repeats)
    ]
    ours, theirs = (min(times) for times in zip(*turns, strict=True))
    return ours, theirs, operations


def untrained_phases(params: LDNetParams, device: torch.device) -> Iterator[Phase1 | Phase2]:
    """Both phases, of made-up people: as many as the paper trains on."""
    return LDNetTask(params, make_table(SUBJECTS, FRAMES), SEED, device).phases()


def transfer_ms(params: LDNetParams, repeats: int, device: torch.device) -> dict:
    """Milliseconds a frame of a transfer."""
    ldnet = LDNet(params).to(device).eval()
    points = generator(SEED, "noise").uniform(0, SIZE, (100, 68, 2)).astype(np.float32)

    def frame_ms(settings: TransferSettings, frames: int) -> float:
        transfer = Transfer.for_target(ldnet, points[0], settings)
        return round(1000 * fastest(lambda: transfer.landmarks(points[:frames], points[0]), 10 * repeats, device) / frames, 4)

    return {
        f"ms_per_frame_batch{frames}{name}": frame_ms(settings, frames)
        for frames in (1, 100)
        for name, settings in (("", DEFAULT_SETTINGS), ("_without_residual", replace(DEFAULT_SETTINGS, residual=0.0)))
    }
