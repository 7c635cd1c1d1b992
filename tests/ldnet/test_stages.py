from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.ldnet.model import LDNet
from reenact.ldnet.sampler import Sampler
from reenact.ldnet.stage1 import Stage1
from reenact.ldnet.stage2 import Stage2

CPU = torch.device("cpu")


def snapshot(module: torch.nn.Module) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in module.state_dict().items()}


def moved(before: dict[str, bytes], module: torch.nn.Module) -> bool:
    """Whether every tensor has changed; an error where only some have."""
    changed = {before[name] != data for name, data in snapshot(module).items()}
    assert len(changed) == 1
    return changed.pop()


@pytest.fixture
def ldnet(small) -> LDNet:
    torch.manual_seed(0)
    return LDNet(small)


def train(stage, table, steps: int = 3) -> dict[str, torch.Tensor]:
    sampler = Sampler(table, CPU)
    for step in range(steps):
        losses = stage.step(sampler.draw(1, "stage", step, 8))
    return losses


def test_stage1_moves_pose_encoder_generator_labels_and_classifier(ldnet, small, table):
    stage = Stage1(ldnet, 6, small, CPU)
    modules = (ldnet.pose_encoder, ldnet.generator, stage.classifier, stage.identities, ldnet.identity_encoder)
    before = [snapshot(module) for module in modules]
    losses = train(stage, table)
    assert set(losses) == {"stage1/classifier", "stage1/reconstruction", "stage1/adversary"}
    assert [moved(*pair) for pair in zip(before, modules, strict=True)] == [True, True, True, True, False]


def test_stage2_leaves_the_pose_encoder_as_it_was(ldnet, small, table):
    stage = Stage2(ldnet, 6, small, CPU)
    modules = (ldnet.identity_encoder, ldnet.generator, stage.classifier, stage.discriminator, ldnet.pose_encoder)
    before = [snapshot(module) for module in modules]
    losses = train(stage, table)
    assert set(losses) == {f"stage2/{name}" for name in ("discriminator", "classifier", "reconstruction", "content", "fooling", "identity")}
    assert [moved(*pair) for pair in zip(before, modules, strict=True)] == [True, True, True, True, False]


@pytest.mark.parametrize("from_stage1", [True, False])
def test_stage2_generator_starts_from_stage1_if_told(ldnet, small, from_stage1):
    before = snapshot(ldnet.generator)
    Stage2(ldnet, 6, small.model_copy(update={"generator_from_stage1": from_stage1}), CPU)
    weights = [name for name in before if name.endswith("weight")]
    after = snapshot(ldnet.generator)
    assert all((before[name] == after[name]) is from_stage1 for name in weights)


def test_stage1_losses_are_those_of_its_networks(ldnet, small, table):
    """Eqs. (1) and (2) by hand on the first iteration, before anything has moved."""
    stage, draw = Stage1(ldnet, 6, small, CPU), Sampler(table, CPU).draw(1, "stage1", 0, 8)
    with torch.no_grad():
        pose = ldnet.encode_pose(draw.second)
        rebuilt = ldnet.generate(pose, stage.identities(draw.subject)).numpy()
        logits = stage.classifier(ldnet.generate(pose, stage.identities(draw.target_subject))).double().numpy()
    p = np.exp(logits[np.arange(8), draw.subject]) / np.exp(logits).sum(1)
    losses = stage.step(draw)
    squared = ((rebuilt - draw.second.numpy()) ** 2).reshape(8, 68, 2).sum(-1).mean()
    assert losses["stage1/reconstruction"].item() == pytest.approx(squared, rel=1e-5)
    assert losses["stage1/classifier"].item() == pytest.approx(-np.log(p).mean(), rel=1e-5)


def test_stage2_reconstructs_with_the_other_frames_identity(ldnet, small, table):
    stage, draw = Stage2(ldnet, 6, small, CPU), Sampler(table, CPU).draw(1, "stage2", 0, 8)
    with torch.no_grad():
        rebuilt = ldnet.generate(ldnet.encode_pose(draw.second), ldnet.encode_identity(draw.first)).numpy()
        swapped = ldnet.generate(ldnet.encode_pose(draw.second), ldnet.encode_identity(draw.target))
        lost = (ldnet.encode_pose(swapped) - ldnet.encode_pose(draw.second)).numpy()
    losses = stage.step(draw)
    squared = ((rebuilt - draw.second.numpy()) ** 2).reshape(8, 68, 2).sum(-1).mean()
    assert losses["stage2/reconstruction"].item() == pytest.approx(squared, rel=1e-5)
    assert losses["stage2/content"].item() == pytest.approx((lost**2).sum(1).mean(), rel=1e-5)


@pytest.mark.parametrize(("stage_class", "rate"), [(Stage1, 1e-3), (Stage2, 1e-5)])
def test_each_stage_steps_at_its_own_rate(ldnet, small, table, stage_class, rate):
    """Adam's first step is as long as the rate."""
    schedules = {"stage1": 1e-3, "stage2": 1e-5}
    config = small.model_copy(
        update={name: getattr(small, name).model_copy(update={"learning_rate": step}) for name, step in schedules.items()}
    )
    stage = stage_class(ldnet, 6, config, CPU)
    networks = [part for part in stage.parts().values() if isinstance(part, torch.nn.Module)]
    before = [[weight.detach().clone() for weight in network.parameters()] for network in networks]
    train(stage, table, steps=1)
    for old, network in zip(before, networks, strict=True):
        longest = max((new - weight).abs().max().item() for new, weight in zip(network.parameters(), old, strict=True))
        assert longest == pytest.approx(rate, rel=0.05)
