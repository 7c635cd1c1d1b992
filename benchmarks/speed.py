"""How speed is measured: time, floating-point operations, memory, and what the machine can do at most.

It needs no more than what a training imports.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.plain_training import plain_layers
from reenact.config.schema import Params
from reenact.generators.base import Generator
from reenact.generators.pair_training.task import OnePhaseTask
from reenact.generators.registry import GENERATORS
from reenact.seeding import generator as random_of

SEED = 1
FRAMES = 8


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """Wall time of `work`, and of what it gave the device to do."""
    synchronise(device)
    begin = time.perf_counter()
    work()
    synchronise(device)
    return time.perf_counter() - begin


def synchronise(device: torch.device) -> None:
    """Wait for the device."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def fastest(work: Callable[[], object], repeats: int, device: torch.device) -> float:
    """Seconds of `work`, after a run to warm up."""
    work()
    return min(seconds_of(work, device) for _ in range(repeats))


def convolution_gflops(precision: torch.dtype, repeats: int, device: torch.device, batch: int = 8) -> float:
    """10^9 floating-point operations a second of a large channels-last 3×3 convolution: what the machine can do at most."""
    layer = nn.Conv2d(256, 256, 3, padding=1).to(device, precision, memory_format=torch.channels_last)
    image = torch.randn(batch, 256, 32, 32, device=device, dtype=precision).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        operations = counted(lambda: layer(image))
        return operations / fastest(lambda: layer(image), repeats, device) / 1e9


def product_gflops(precision: torch.dtype, side: int, repeats: int, device: torch.device) -> float:
    """10^9 floating-point operations a second of a product of two side × side matrices."""
    matrix = torch.randn(side, side, device=device, dtype=precision)
    return 2 * side**3 / fastest(lambda: matrix @ matrix, repeats, device) / 1e9


def counted(work: Callable[[], object]) -> int:
    """The floating-point operations of convolutions and matrix products in `work`."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def make_task(name: str, params: Params, shard: Path, device: torch.device, **changed: object) -> OnePhaseTask:
    """A generator's training, values of its section changed."""
    section = getattr(params, name)
    params = params.model_copy(update={name: section.model_copy(update=changed)})
    return GENERATORS[name].make_task(params, [shard], device)


def generating(made: Generator, repeats: int, device: torch.device) -> dict:
    """Figures of generating."""
    random = random_of(SEED, "generators benchmark")
    image = random.integers(0, 256, (made.size, made.size, 3), np.uint8)
    points = random.uniform(0, made.size, (FRAMES, 68, 2)).astype(np.float32)

    def frame_ms(count: int) -> float:
        encoded = made.encode(image, points[0])
        return 1000 * fastest(lambda: made.generate(encoded, points[:count]), repeats, device) / count

    with plain_layers():
        encoded = made.encode(image, points[0])
        operations = counted(lambda: made.generate(encoded, points)) / FRAMES
    alone, batched = frame_ms(1), frame_ms(FRAMES)
    return {
        "size": made.size,
        "ms_per_frame_batch1": round(alone, 2),
        "ms_per_frame_batch8": round(batched, 2),
        "generating_gflops": round(operations / batched / 1e6, 2),
    }


def peak_memory_mb(device: torch.device) -> float:
    """Peak memory of this process, or of the CUDA device."""
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated() / 2**20, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def named(precision: torch.dtype) -> str:
    """As the parameter `precision` has it."""
    return str(precision).removeprefix("torch.")


def alone(work: Callable, *arguments: object) -> Any:
    """The result of a function called in a process of its own, whose memory is not that of others."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()
