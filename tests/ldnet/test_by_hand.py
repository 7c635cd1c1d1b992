"""Iterations of both phases of LD-Net's training against the same iterations written out by hand."""

from __future__ import annotations

import math
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from reenact.config.networks import LDNetParams, Schedule
from reenact.ldnet.model import MLP, LDNet
from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.ldnet.sampler import Draw, Sampler
from reenact.ldnet.task import LDNetTask
from reenact.reenactment.transfer import DEFAULT_SETTINGS, Transfer
from reenact.training.export import read_description
from reenact.training.trainer import Trainer
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher

CPU = torch.device("cpu")
RATE = 1e-3


@pytest.fixture
def config(small) -> LDNetParams:
    """Weights of the losses that all differ, so that none can pass for another."""
    weights = {
        "weight_reconstruction": 7.0,
        "weight_classifier": 3.0,
        "weight_content": 5.0,
        "weight_discriminator": 2.0,
        "weight_swap": 11.0,
        "weight_contrast": 4.0,
        "clamp_adversary": False,
    }
    rate = Schedule(learning_rate=RATE, batch_size=8, iterations=20)
    return small.model_copy(update=weights | {"phase1": rate, "phase2": rate})


@pytest.fixture
def draws(sampler) -> list[Draw]:
    """Draws of which every second has a truth, which is made up."""
    random = torch.Generator().manual_seed(1)
    drawn = [sampler.draw("by hand", step, 8) for step in range(2)]
    return [draw._replace(truth=torch.rand(8, 136, generator=random), known=torch.arange(8) % 2 == 0) for draw in drawn]


@pytest.fixture
def ldnet(config) -> LDNet:
    torch.manual_seed(0)
    return LDNet(config)


class Adam:
    """Kingma and Ba's formula, with PyTorch's defaults."""

    def __init__(self) -> None:
        self.state: dict[Tensor, tuple[Tensor, Tensor, int]] = {}

    def move(self, networks: list[nn.Module], loss: Tensor) -> None:
        weights = [weight for network in networks for weight in network.parameters()]
        slopes = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
        for weight, slope in zip(weights, slopes, strict=True):
            slope = torch.zeros_like(weight) if slope is None else slope
            mean, square, count = self.state.get(weight, (torch.zeros_like(weight), torch.zeros_like(weight), 0))
            mean, square, count = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2, count + 1
            self.state[weight] = mean, square, count
            weight.data -= RATE * (mean / (1 - 0.9**count)) / ((square / (1 - 0.999**count)).sqrt() + 1e-8)


def share(logits: Tensor, subject: Tensor) -> Tensor:
    """P(k|l)."""
    return logits.softmax(1)[torch.arange(len(subject)), subject]


def per_point(one: Tensor, other: Tensor) -> Tensor:
    return ((one - other) ** 2).view(-1, 68, 2).sum(-1).mean()


def contrast(first: Tensor, second: Tensor, subject: Tensor, log_scale: Tensor) -> Tensor:
    """How surely each code finds its person's other one among those of other people, draw by draw."""
    surprise = []
    for codes, others in ((first, second), (second, first)):
        for own in range(len(codes)):
            near = torch.stack([-log_scale.exp() * ((codes[own] - other) ** 2).sum() for other in others])
            rivals = [k for k in range(len(codes)) if k == own or subject[k] != subject[own]]
            surprise.append(near[rivals].logsumexp(0) - near[own])
    return torch.stack(surprise).mean()


def same(network: nn.Module, other: nn.Module) -> bool:
    moved, wanted = (torch.cat([weight.detach().flatten() for weight in n.parameters()]) for n in (network, other))
    # Adam divides by the gradient's size: a weight whose gradient is almost zero may go either way.
    return bool(((moved - wanted).abs() < 0.02 * RATE).float().mean() > 0.99)


def test_two_iterations_of_phase_1(ldnet, config, sampler, draws):
    phase = Phase1(ldnet, sampler, config, CPU)
    net, table, classifier, adam = deepcopy(ldnet), deepcopy(phase.identities), deepcopy(phase.classifier), Adam()
    for draw in draws:
        pose = net.pose_encoder(draw.second)
        rebuilt = net.generator(torch.cat([pose, table.weight[draw.subject]], 1))
        swapped = net.generator(torch.cat([pose, table.weight[draw.target_subject]], 1))
        loss_c = -share(classifier(swapped.detach()), draw.subject).log().mean()
        adam.move([classifier], loss_c)
        rec, adversary = per_point(rebuilt, draw.second), share(classifier(swapped), draw.subject).log().mean()
        swap = per_point(swapped[::2], draw.truth[::2]) / 2
        adam.move([net.pose_encoder, table, net.generator], 7 * rec + 3 * adversary + 11 * swap)
        got = {name: loss.item() for name, loss in run_iteration(phase, draw).items()}
        expected = {"classifier": loss_c, "reconstruction": rec, "adversary": adversary, "swap": swap}
        expected = {f"phase1/{name}": loss.item() for name, loss in expected.items()}
        assert {name: got[name] for name in expected} == pytest.approx(expected, rel=2e-3)
    assert same(ldnet, net) and same(phase.identities, table) and same(phase.classifier, classifier)


def test_two_iterations_of_phase_2(ldnet, config, sampler, draws):
    phase = Phase2(ldnet, sampler, config, CPU)
    net, d, c, adam = deepcopy(ldnet), deepcopy(phase.discriminator), deepcopy(phase.classifier), Adam()
    scale = nn.ParameterList([torch.zeros(())])
    for draw in draws:
        pose = net.pose_encoder(draw.second).detach()
        rebuilt = net.generator(torch.cat([pose, net.identity_encoder(draw.first)], 1))
        swapped = net.generator(torch.cat([pose, net.identity_encoder(draw.target)], 1))
        fake, k = swapped.detach(), draw.target_subject
        loss_d = ((d(draw.second) - 1) ** 2).mean() + ((d(fake) + 1) ** 2).mean()
        adam.move([d], loss_d)
        loss_c = -share(c(draw.target), k).log().mean() - (1 - share(c(fake), k)).log().mean()
        adam.move([c], loss_c)
        named = {
            "reconstruction": per_point(rebuilt, draw.second),
            "content": ((net.pose_encoder(swapped) - pose) ** 2).sum(1).mean(),
            "fooling": (d(swapped) ** 2).mean(),
            "identity": -share(c(swapped), k).log().mean(),
            "swap": per_point(swapped[::2], draw.truth[::2]) / 2,
            "contrast": contrast(net.identity_encoder(draw.first), net.identity_encoder(draw.second), draw.subject, scale[0]),
        }
        weights = {"reconstruction": 7, "content": 5, "fooling": 2, "identity": 3, "swap": 11, "contrast": 4}
        adam.move([net.identity_encoder, net.generator, scale], sum(weights[name] * named[name] for name in weights))
        got = {name: loss.item() for name, loss in run_iteration(phase, draw).items()}
        expected = {"discriminator": loss_d, "classifier": loss_c, **named}
        wanted = {f"phase2/{name}": loss.item() for name, loss in expected.items()}
        assert {name: got[name] for name in wanted} == pytest.approx(wanted, rel=2e-3)
    assert same(ldnet, net) and same(phase.discriminator, d) and same(phase.classifier, c)


def test_codes_that_are_not_to_learn_hold_no_graph(ldnet, config, sampler, draws):
    """Phase 2's pose code and a transfer's identity code are constants: no memory is spent on their gradients."""
    pose, rebuilt, swapped, _ = Phase2(ldnet, sampler, config, CPU).forward(draws[0])
    assert (pose.requires_grad, rebuilt.requires_grad, swapped.requires_grad) == (False, True, True)
    pose, rebuilt, swapped, _ = Phase1(ldnet, sampler, config, CPU).forward(draws[0])
    assert pose.requires_grad and rebuilt.requires_grad and swapped.requires_grad
    face = torch.rand(68, 2).numpy() * 100
    assert not Transfer.for_target(ldnet, face, DEFAULT_SETTINGS).identity.requires_grad
    seen = []
    ldnet.generator.register_forward_hook(lambda module, given, made: seen.append(made.requires_grad))
    Transfer.for_target(ldnet, face, DEFAULT_SETTINGS).landmarks(face[None], face)
    assert not any(seen) and seen


def test_the_clamp_is_a_parameter(ldnet, config, sampler, draws):
    """The clamp stops the adversary at chance level, log(1/6) per sample."""
    losses = {}
    for clamped in (False, True):
        torch.manual_seed(5)
        phase = Phase1(deepcopy(ldnet), sampler, config.model_copy(update={"clamp_adversary": clamped}), CPU)
        with torch.no_grad():  # logits that hide the subject better than chance
            phase.classifier[-1].weight.zero_()
            phase.classifier[-1].bias.copy_(torch.tensor([0.0, 0, 0, 9, 9, 9]))
        one = draws[0]._replace(subject=torch.zeros(8, dtype=torch.int64), target_subject=torch.ones(8, dtype=torch.int64))
        losses[clamped] = run_iteration(phase, one)["phase1/adversary"].item()
    assert losses[True] == pytest.approx(-math.log(6), abs=1e-3)
    assert losses[False] < -9


def test_networks_are_the_papers_layers_with_slope_02():
    """A multi-layer perceptron as a formula of its weights."""
    torch.manual_seed(0)
    mlp, x = MLP(5, 3, LDNetParams(hidden_layers=2, hidden_units=7)), torch.randn(4, 5)
    for layer in mlp:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.bias)
    weights, y = list(mlp.parameters()), x
    for at in (0, 2):
        y = y @ weights[at].T + weights[at + 1]
        y = torch.where(y > 0, y, 0.2 * y)
    torch.testing.assert_close(mlp(x), y @ weights[4].T + weights[5])
    with_norm = MLP(5, 3, LDNetParams(hidden_layers=1, hidden_units=7, normalisation="layer"))
    first, norm, last = with_norm[0], with_norm[1], with_norm[3]
    y = x @ first.weight.T + first.bias
    y = (y - y.mean(1, keepdim=True)) / (y.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt() * norm.weight + norm.bias
    torch.testing.assert_close(with_norm(x), torch.where(y > 0, y, 0.2 * y) @ last.weight.T + last.bias)


def test_first_weights_have_kaimings_variance_and_no_bias():
    torch.manual_seed(0)
    mlp = MLP(136, 200, LDNetParams(hidden_layers=3, hidden_units=300))
    layers = [layer for layer in mlp if isinstance(layer, nn.Linear)]
    for layer in layers[:-1]:
        assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / 1.04 / layer.in_features), rel=0.02)
    assert layers[-1].weight.std().item() == pytest.approx(math.sqrt(1 / 300), rel=0.02)
    assert not any(layer.bias.any() for layer in layers)


def test_pose_comes_before_identity_in_the_code(ldnet):
    """Whoever reads the exported weights needs to know which columns are which."""
    pose, identity = torch.randn(2, 64), torch.randn(2, 128)
    torch.testing.assert_close(ldnet.generate(pose, identity), ldnet.generator(torch.cat([pose, identity], 1)))
    landmarks = torch.randn(2, 136)
    assert torch.equal(ldnet.encode_pose(landmarks), ldnet.pose_encoder(landmarks))
    assert torch.equal(ldnet.encode_identity(landmarks), ldnet.identity_encoder(landmarks))


def test_a_new_generator_in_phase_2_is_drawn_anew_and_nothing_else(ldnet, config, sampler):
    before = deepcopy(ldnet)
    Phase2(ldnet, sampler, config.model_copy(update={"generator_from_phase1": False}), CPU)
    assert all(torch.equal(a, b) for a, b in zip(before.pose_encoder.parameters(), ldnet.pose_encoder.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(before.identity_encoder.parameters(), ldnet.identity_encoder.parameters(), strict=True))
    assert not torch.equal(before.generator[0].weight, ldnet.generator[0].weight)


def test_each_phase_has_its_own_length_batch_and_rate(tmp_path, params, table):
    """The description gives each phase's length; batch sizes and rates show in the draws and in how far the weights move."""
    seen, drawn = [], []
    original = Sampler.draw

    class Watched(NullWatcher):
        def metrics(self, values, iteration):
            seen.append((iteration, "phase1/reconstruction" in values))

    one = Schedule(learning_rate=1e-3, batch_size=4, iterations=12)
    two = Schedule(learning_rate=1e-9, batch_size=9, iterations=7)
    task = LDNetTask(params.ldnet.model_copy(update={"phase1": one, "phase2": two}), table, 3, CPU)
    trainer = Trainer(
        seed=3,
        made_from={"x": "y"},
        state_dir=tmp_path / "state",
        out_dir=tmp_path,
        checkpoint_every=5,
        device=CPU,
        watcher=Watched(),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sampler, "draw", lambda self, *key: drawn.append(key) or original(self, *key))
        trainer.train(task)
    assert read_description(tmp_path, "LDNet")["iterations"] == {"phase1": 12, "phase2": 7}
    # The draws' names decide the network: with other names the same parameters would give another one.
    assert drawn == [("stage1", iteration, 4) for iteration in range(12)] + [("stage2", iteration, 9) for iteration in range(7)]
    assert [first for _, first in seen] == [True] * 12 + [False] * 7
    assert [iteration for iteration, _ in seen] == list(range(1, 20))
