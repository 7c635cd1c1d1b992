"""LD-Net trained with `compile: true` learns as without. The compiler's last step, which needs minutes and a C++ compiler, is left out."""

from __future__ import annotations

from functools import partial
from itertools import islice

import pytest
import torch

from reenact.ldnet.task import LDNetTask
from reenact.training.turns import run_iteration

CPU = torch.device("cpu")


@pytest.fixture
def graphs(monkeypatch) -> list[int]:
    """How many graphs were compiled, in an item; none of them outlives the test."""
    compiled = [0]
    aot = torch._dynamo.lookup_backend("aot_eager")

    def counting(graph, inputs):
        compiled[0] += 1
        return aot(graph, inputs)

    torch._dynamo.reset()
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=counting))
    yield compiled
    torch._dynamo.reset()


def learn(params, table) -> list[dict[str, torch.Tensor]]:
    """By phase: the losses of three iterations, then those on held-out people and what the samples show."""
    found = []
    for phase in LDNetTask(params, table, 1, CPU).phases():
        made = {}
        for number, batch in enumerate(islice(phase.batches(0), 3)):
            made |= {f"{number}/{name}": loss for name, loss in run_iteration(phase, batch).items()}
        found.append(made | phase.validate() | phase.samples())
    return found


def test_both_phases_learn_as_without(tables, small, graphs):
    plain = small.model_copy(update={"held_out_subjects": 2, "compile": False})
    table = tables(subjects=20)
    one, other = learn(plain, table), learn(plain.model_copy(update={"compile": True}), table)
    assert graphs[0] >= 5, "E_P, G and C in the first phase, E_I and D in the second"
    assert "validation/reconstruction" in one[1]
    for exact, compiled in zip(one, other, strict=True):
        assert exact.keys() == compiled.keys()
        for name, value in exact.items():
            torch.testing.assert_close(
                compiled[name], value, rtol=1e-3, atol=1e-4, equal_nan=True, msg=lambda text, name=name: f"{name}: {text}"
            )
