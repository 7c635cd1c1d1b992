"""Where networks run, and in which precision."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from reenact.errors import ReenactError

Module = TypeVar("Module", bound=nn.Module)

BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
# At most, of one class' forward: LD-Net's networks are of one class. Beyond, PyTorch would go on without compiling.
COMPILATIONS = 64
# The kinds of device on which graphs are captured, so that nobody else loads the compiler, which takes seconds.
_graphs_on: set[str] = set()


def pick_device(name: str) -> torch.device:
    """The device that the parameter `device` names: auto takes CUDA if there is one.

    Raises ReenactError if cuda is asked for and PyTorch sees none.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ReenactError(f"device: {name!r} is not known; set it to auto, cpu or cuda")
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ReenactError(
            "device: cuda was asked for, but PyTorch sees no CUDA device here; "
            "set device to auto or cpu, or install a PyTorch built for CUDA"
        )
    if name == "cuda" or (name == "auto" and available):
        # float32 is float32: TF32's ten bits would move the places of a flow by pixels, and drown the variances of an SSIM.
        torch.backends.cudnn.allow_tf32 = False  # PyTorch has it on for convolutions, and off for matrix products
        return torch.device("cuda")
    return torch.device("cpu")


@cache
def processor_flags() -> frozenset[str]:
    """The processor's feature flags as Linux lists them; empty if the system does not say."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    lines = (line.partition(":")[2] for line in text.splitlines() if line.startswith(("flags", "Features")))
    return frozenset(next(lines, "").split())


def pick_precision(name: str, device: torch.device) -> torch.dtype:
    """torch.float32 or torch.bfloat16: auto takes bfloat16 only if the hardware has it, since emulation is slower than float32."""
    if name == "auto":
        if device.type == "cuda":
            has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
        else:
            has_bfloat16 = bool(BFLOAT16_FLAGS & processor_flags())
        return torch.bfloat16 if has_bfloat16 else torch.float32
    if name not in ("float32", "bfloat16"):
        raise ReenactError(f"precision: {name!r} is not known; set it to auto, float32 or bfloat16")
    return torch.float32 if name == "float32" else torch.bfloat16


def autocast(device: torch.device, precision: torch.dtype) -> AbstractContextManager:
    """The context that runs matrix products and convolutions in `precision`; does nothing for float32. Weights stay float32."""
    return torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32)


def compile_in_place(module: nn.Module, device: torch.device) -> None:
    """Compile the module's forward with torch.compile when it first runs; on CUDA its kernels are captured as graphs, too.

    The module's weights and their names stay as they are, and so do the methods that its `uncompiled` names. What a captured module gives
    lasts until the next `begin_iteration`.
    """
    for name in getattr(module, "uncompiled", ()):
        setattr(module, name, torch.compiler.disable(getattr(module, name)))
    torch._dynamo.config.recompile_limit = COMPILATIONS
    # Each batch size is compiled on its own: one code for all would take over after the first samples, and round otherwise.
    if device.type == "cuda":
        module.compile(mode="reduce-overhead", dynamic=False)
        _graphs_on.add(device.type)
    else:
        module.compile(dynamic=False)


def begin_iteration() -> None:
    """Let captured graphs overwrite what they gave in the iteration before.

    PyTorch would guess that another iteration begins when a network is called after a backward pass, which turns do within one.
    """
    if _graphs_on:
        torch.compiler.cudagraph_mark_step_begin()


def channels_last(module: Module) -> Module:
    """`module` with its convolution weights laid out channels-last, the layout in which convolutions are fastest on both devices."""
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
