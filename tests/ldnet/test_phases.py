from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

from reenact.ldnet.model import LDNet
from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.training.torch_seed import torch_seed
from reenact.training.turns import run_iteration

CPU = torch.device("cpu")


def snapshot(module: torch.nn.Module) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in module.state_dict().items()}


def moved(before: dict[str, bytes], module: torch.nn.Module) -> bool:
    """Whether every tensor has changed; an error if only some have."""
    changed = {before[name] != data for name, data in snapshot(module).items()}
    assert len(changed) == 1
    return changed.pop()


@pytest.fixture
def ldnet(small) -> LDNet:
    torch.manual_seed(0)
    return LDNet(small)


def train(phase, sampler, steps: int = 3) -> dict[str, torch.Tensor]:
    for step in range(steps):
        losses = run_iteration(phase, sampler.draw("phase", step, 8))
    return losses


def test_phase1_moves_pose_encoder_generator_labels_and_classifier(ldnet, small, sampler):
    phase = Phase1(ldnet, sampler, small, CPU)
    modules = (ldnet.pose_encoder, ldnet.generator, phase.classifier, phase.identities, ldnet.identity_encoder)
    before = [snapshot(module) for module in modules]
    losses = train(phase, sampler)
    named = {f"phase1/{name}" for name in ("classifier", "generator", "reconstruction", "adversary", "swap")}
    assert set(losses) == named | {"gradient_norm/phase1/classifier", "gradient_norm/phase1/generator"}
    assert [moved(*pair) for pair in zip(before, modules, strict=True)] == [True, True, True, True, False]


@pytest.mark.parametrize("frozen", [True, False])
def test_phase2_leaves_the_pose_encoder_as_it_was_unless_told(ldnet, small, sampler, frozen):
    phase = Phase2(ldnet, sampler, small.model_copy(update={"freeze_pose_encoder": frozen}), CPU)
    modules = (ldnet.identity_encoder, ldnet.generator, phase.classifier, phase.discriminator, ldnet.pose_encoder)
    before = [snapshot(module) for module in modules]
    losses = train(phase, sampler)
    terms = ("reconstruction", "content", "fooling", "identity", "swap", "contrast")
    named = {f"phase2/{name}" for name in ("discriminator", "classifier", "generator")}
    assert set(losses) == named | {f"phase2/{name}" for name in terms} | {f"gradient_norm/{name}" for name in named}
    assert [moved(*pair) for pair in zip(before, modules, strict=True)] == [True, True, True, True, not frozen]


@pytest.mark.parametrize("from_phase1", [True, False])
def test_phase2_generator_starts_from_phase1_if_told(ldnet, small, sampler, from_phase1):
    before = snapshot(ldnet.generator)
    phase = Phase2(ldnet, sampler, small.model_copy(update={"generator_from_phase1": from_phase1}), CPU)
    weights = [name for name in before if name.endswith("weight")]
    after = snapshot(ldnet.generator)
    assert all((before[name] == after[name]) is from_phase1 for name in weights)
    assert snapshot(phase.average.generator) == after


def test_phase1_losses_are_those_of_its_networks(ldnet, small, sampler):
    """Eqs. (1) and (2) by hand on the first iteration, before anything has moved."""
    phase, draw = Phase1(ldnet, sampler, small, CPU), sampler.draw("phase1", 0, 8)
    with torch.no_grad():
        pose = ldnet.encode_pose(draw.second)
        rebuilt = ldnet.generate(pose, phase.identities(draw.subject)).numpy()
        logits = phase.classifier(ldnet.generate(pose, phase.identities(draw.target_subject))).double().numpy()
    p = np.exp(logits[np.arange(8), draw.subject]) / np.exp(logits).sum(1)
    losses = run_iteration(phase, draw)
    squared = ((rebuilt - draw.second.numpy()) ** 2).reshape(8, 68, 2).sum(-1).mean()
    assert losses["phase1/reconstruction"].item() == pytest.approx(squared, rel=1e-5)
    assert losses["phase1/classifier"].item() == pytest.approx(-np.log(p).mean(), rel=1e-5)


def test_phase2_reconstructs_with_the_other_frames_identity(ldnet, small, sampler):
    phase, draw = Phase2(ldnet, sampler, small, CPU), sampler.draw("phase2", 0, 8)
    with torch.no_grad():
        rebuilt = ldnet.generate(ldnet.encode_pose(draw.second), ldnet.encode_identity(draw.first)).numpy()
        swapped = ldnet.generate(ldnet.encode_pose(draw.second), ldnet.encode_identity(draw.target))
        lost = (ldnet.encode_pose(swapped) - ldnet.encode_pose(draw.second)).numpy()
    losses = run_iteration(phase, draw)
    squared = ((rebuilt - draw.second.numpy()) ** 2).reshape(8, 68, 2).sum(-1).mean()
    assert losses["phase2/reconstruction"].item() == pytest.approx(squared, rel=1e-5)
    assert losses["phase2/content"].item() == pytest.approx((lost**2).sum(1).mean(), rel=1e-5)


@pytest.mark.parametrize(("phase_class", "rate"), [(Phase1, 1e-3), (Phase2, 1e-5)])
def test_each_phase_steps_at_its_own_rate(ldnet, small, sampler, phase_class, rate):
    """Adam's first step is as long as the rate."""
    schedules = {"phase1": 1e-3, "phase2": 1e-5}
    config = small.model_copy(
        update={name: getattr(small, name).model_copy(update={"learning_rate": step}) for name, step in schedules.items()}
    )
    phase = phase_class(ldnet, sampler, config, CPU)
    networks = [part for name, part in phase.state().items() if name != "average" and isinstance(part, torch.nn.Module)]
    before = [[weight.detach().clone() for weight in network.parameters()] for network in networks]
    train(phase, sampler, steps=1)
    for old, network in zip(before, networks, strict=True):
        longest = max((new - weight).abs().max().item() for new, weight in zip(network.parameters(), old, strict=True))
        assert longest == pytest.approx(rate, rel=0.05)


@pytest.mark.parametrize("phase_class", [Phase1, Phase2])
def test_bfloat16_reports_nearly_the_same_losses_and_weights_stay_float32(ldnet, small, sampler, phase_class):
    def first_iteration(precision: str) -> tuple[LDNet, dict[str, torch.Tensor]]:
        network = deepcopy(ldnet)
        with torch_seed(0):
            phase = phase_class(network, sampler, small.model_copy(update={"precision": precision}), CPU)
        return network, train(phase, sampler, steps=1)

    (_, exact), (short, rough) = first_iteration("float32"), first_iteration("bfloat16")
    for name, loss in exact.items():
        assert rough[name].dtype == torch.float32 and rough[name].item() == pytest.approx(loss.item(), rel=0.05)
    assert rough != exact
    assert {weight.dtype for weight in short.parameters()} == {torch.float32}


@pytest.mark.parametrize("phase_class", [Phase1, Phase2])
@pytest.mark.parametrize("parts", [2, 4])
def test_parts_of_a_batch_have_the_losses_and_gradients_of_the_whole(ldnet, small, sampler, phase_class, parts):
    draw = sampler.draw("parts", 0, 8)
    draw = draw._replace(truth=draw.target + 0.1, known=torch.arange(8) < 3)  # uneven over the parts

    def first_iteration(micro_batches: int) -> tuple[dict[str, torch.Tensor], list[torch.Tensor]]:
        with torch_seed(0):
            config = small.model_copy(update={"weight_contrast": 0.0, "micro_batches": micro_batches})
            phase = phase_class(deepcopy(ldnet), sampler, config, CPU)
        told = run_iteration(phase, draw)
        optimisers = [objective.optimiser for turn in phase.turns for objective in turn.objectives.values()]
        # After one step of Adam its mean is a tenth of the gradient.
        return told, [10 * state["exp_avg"] for optimiser in optimisers for state in optimiser.state.values()]

    (whole, gradients), (parted, of_parts) = first_iteration(1), first_iteration(parts)
    torch.testing.assert_close(parted, whole, rtol=1e-3, atol=1e-6)
    assert len(gradients) == len(of_parts) > 0
    for gradient, other in zip(gradients, of_parts, strict=True):
        assert (other - gradient).norm() <= 1e-3 * gradient.norm()
