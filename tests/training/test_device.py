from __future__ import annotations

import pytest
import torch
from llvmlite import binding

from reenact.errors import ReenactError
from reenact.training.device import autocast, channels_last, compile_in_place, pick_device, pick_precision, processor_flags

needs_no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


@needs_no_cuda
def test_auto_is_the_processor_where_there_is_no_cuda():
    assert pick_device("auto") == pick_device("cpu") == torch.device("cpu")


@needs_no_cuda
def test_asking_for_missing_cuda_names_the_key():
    with pytest.raises(ReenactError, match="device: cuda was asked for"):
        pick_device("cuda")


def test_unknown_names_are_errors():
    with pytest.raises(ReenactError, match="device: 'tpu'"):
        pick_device("tpu")
    with pytest.raises(ReenactError, match="precision: 'float16'"):
        pick_precision("float16", torch.device("cpu"))


def test_named_precisions_are_taken_as_they_are():
    assert pick_precision("float32", torch.device("cpu")) == torch.float32
    assert pick_precision("bfloat16", torch.device("cpu")) == torch.bfloat16


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"avx2"}, torch.float32),
        ({"avx2", "avx512_bf16"}, torch.bfloat16),
        ({"amx_bf16", "amx_tile"}, torch.bfloat16),
        (set(), torch.float32),
    ],
)
def test_auto_precision_goes_by_the_processor_flags(monkeypatch, flags, expected):
    monkeypatch.setattr("reenact.training.device.processor_flags", lambda: frozenset(flags))
    assert pick_precision("auto", torch.device("cpu")) == expected


def test_processor_flags_are_those_of_this_processor():
    seen = binding.get_host_cpu_features()  # LLVM asks the processor itself
    for flag, name in (("avx2", "avx2"), ("avx512_bf16", "avx512bf16"), ("amx_bf16", "amx-bf16")):
        assert (flag in processor_flags()) == seen.get(name, False)


def test_autocast_changes_products_only_for_bfloat16():
    square = torch.ones(4, 4)
    for precision in (torch.float32, torch.bfloat16):
        with autocast(torch.device("cpu"), precision):
            assert (square @ square).dtype == precision


def test_channels_last_changes_strides_and_no_value():
    layer = torch.nn.Conv2d(3, 5, 3)
    before = layer.weight.detach().clone()
    channels_last(layer)
    assert layer.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(layer.weight, before)


class Counts(torch.nn.Module):
    """Counts how often its method runs in Python."""

    uncompiled = ("twice",)

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def twice(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return 2 * x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.twice(x + 1) + 1


def test_what_shall_not_be_compiled_is_not():
    module = Counts()
    compile_in_place(module, torch.device("cpu"))
    module.compile(backend="eager")  # the one above needs a C++ compiler
    for done in range(3):
        assert module(torch.ones(1)).item() == 5
        assert module.calls == done + 1


def test_float32_is_not_rounded_to_tf32(monkeypatch):
    """Ten bits of mantissa would move what a spline moves by pixels."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device("cuda").type == "cuda"
    assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32
