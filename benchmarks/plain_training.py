"""A generator's training without what makes it fast, for `benchmarks.generators`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reenact.generators.dense import model as dense
from reenact.generators.dense.model import shown
from reenact.generators.fdgan import dictionary
from reenact.generators.flow.motions import Motions
from reenact.generators.layers.unet import Join
from reenact.generators.pair_training.phase import PairPhase
from reenact.shards.pairs import PairBatch
from reenact.training.objective import Objective
from reenact.training.turns import run_iteration


def plain_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """As Eqs. (8) and (9) are written."""
    return (queries @ keys.transpose(1, 2)).softmax(2) @ values


def plain_join(join: Join, below: Tensor, across: Tensor) -> Tensor:
    """A 1×1 convolution of both."""
    return F.conv2d(torch.cat((below, across), 1), join.mix.weight, join.mix.bias)


def plain_shown(drawn: Tensor, small: Tensor, moves: Motions) -> Tensor:
    """What dense's network is shown, in plain memory. Copying it there takes under a hundredth of an iteration."""
    return shown(drawn, small, moves).contiguous()


@contextmanager
def plain_layers() -> Iterator[None]:
    """Layers as one would write them first."""
    with (
        patch.object(dictionary, "attention", plain_attention),
        patch.object(Join, "forward", plain_join),
        patch.object(dense, "shown", plain_shown),
    ):
        yield


def make_plain(phase: PairPhase, batch: PairBatch) -> Callable[[], object]:
    """An iteration of `phase`, whose precision is float32, without what makes it fast. Its batch is on the device already."""
    for part in phase.state().values():
        if isinstance(part, nn.Module):
            part.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch's stub lacks it
            for layer in part.modules():
                if isinstance(layer, nn.LeakyReLU):
                    layer.inplace = False
        elif isinstance(part, Objective):
            for group in part.optimiser.param_groups:
                group.update(foreach=None, fused=None)
    pairs = contiguous(phase.pairs(batch))
    phase.pairs = lambda _: pairs  # type: ignore[method-assign]

    def step() -> object:
        with plain_layers():
            return run_iteration(phase, batch)

    return step


def contiguous(pairs: tuple) -> tuple:
    """A named tuple of tensors, and of others like it, in plain memory."""
    return type(pairs)(*(contiguous(part) if isinstance(part, tuple) else part.contiguous() for part in pairs))
