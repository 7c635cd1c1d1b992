from __future__ import annotations

import pytest
import torch
from torch import nn

from reenact.config.networks import LDNetParams
from reenact.errors import ReenactError
from reenact.ldnet.model import MLP, Classifier, Discriminator, IdentityTable, LDNet, load_ldnet


def test_shapes(small):
    ldnet, landmarks = LDNet(small), torch.randn(5, 136)
    pose, identity = ldnet.encode_pose(landmarks), ldnet.encode_identity(landmarks)
    assert pose.shape == (5, 64) and identity.shape == (5, 128)
    assert ldnet.generate(pose, identity).shape == (5, 136)
    assert Classifier(9, small)(landmarks).shape == (5, 9)
    assert Discriminator(small)(landmarks).shape == (5, 1)
    assert IdentityTable(9, small)(torch.arange(5)).shape == (5, 128)


def test_layers_and_units_are_the_parameters():
    params = LDNetParams(hidden_layers=10, hidden_units=512)
    sizes = [(layer.in_features, layer.out_features) for layer in MLP(136, 64, params) if isinstance(layer, nn.Linear)]
    assert sizes == [(136, 512), *[(512, 512)] * 9, (512, 64)]


@pytest.mark.parametrize(("activation", "kind"), [("leaky_relu", nn.LeakyReLU), ("relu", nn.ReLU), ("gelu", nn.GELU)])
@pytest.mark.parametrize("normalisation", ["none", "layer"])
def test_activation_and_normalisation_are_the_parameters(activation, kind, normalisation):
    mlp = MLP(3, 2, LDNetParams(hidden_layers=4, activation=activation, normalisation=normalisation))
    assert sum(isinstance(module, kind) for module in mlp) == 4
    assert sum(isinstance(module, nn.LayerNorm) for module in mlp) == (4 if normalisation == "layer" else 0)


def test_signal_passes_the_papers_ten_layers():
    torch.manual_seed(0)
    out = MLP(136, 64, LDNetParams(hidden_layers=10, hidden_units=512))(torch.randn(200, 136))
    assert 0.3 < out.std(dim=0).mean() < 3  # with PyTorch's own initialisation it is below 0.001


def test_missing_network_is_an_error(tmp_path):
    with pytest.raises(ReenactError, match=r"model.json is missing"):
        load_ldnet(tmp_path, torch.device("cpu"))


def test_the_networks_can_be_compiled(small):
    """PyTorch's compiler passes over modules whose forward is PyTorch's own: it would change nothing, and say nothing."""
    graphs = []

    def keep(graph, inputs):
        graphs.append(graph)
        return graph.forward

    network = Discriminator(small)
    network.compile(backend=keep)
    assert network(torch.zeros(2, 136)).shape == (2, 1)
    assert len(graphs) == 1
