"""FD-GAN-1 against FD-GAN with one row, and against the mean written out."""

from __future__ import annotations

import pytest
import torch

from reenact.config.networks import FDGANParams
from reenact.generators.fdgan.dictionary import Reader
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.single_row.model import RowReader, SingleRow


@pytest.fixture
def network(params) -> SingleRow:
    torch.manual_seed(0)
    return SingleRow(params.single_row)


@torch.no_grad()
def test_reading_one_row_is_equation_9_whatever_tags_and_keys_are():
    """The softmax over one row is 1."""
    torch.manual_seed(0)
    features, row = torch.randn(2, 6, 3, 5), torch.randn(2, 1, 6)
    torch.testing.assert_close(RowReader()(features, row), Reader(6, rows=1, tag_length=4)(features, row))
    for b in range(2):
        for c in range(6):
            torch.testing.assert_close(RowReader()(features, row)[b, c], features[b, c] + row[b, 0, c])


@torch.no_grad()
def test_each_levels_row_is_the_mean_of_the_extractors_features(network):
    """Of the features that FD-GAN writes into its dictionary."""
    seen = []
    for writer in network.extractor.writers:
        writer.register_forward_hook(lambda module, given, row: seen.insert(0, (given[0], row)))
    image = torch.rand(2, 3, 64, 64) * 2 - 1
    encoded = network.encode(TargetInput(image, image.flip(3), torch.zeros(2, 68, 2)))
    assert [tuple(row.shape) for row in encoded] == [(2, 1, 8), (2, 1, 8), (2, 1, 16), (2, 1, 16)]
    assert [tuple(features.shape[1:]) for features, _ in seen] == [(8, 32, 32), (8, 16, 16), (16, 8, 8), (16, 4, 4)]
    for (features, _), row in zip(seen, encoded, strict=True):
        torch.testing.assert_close(row[:, 0], features.flatten(2).sum(2) / features[0, 0].numel())


@torch.no_grad()
def test_it_is_fdgan_but_for_the_dictionary(params, network):
    """The same weights otherwise. With them and a dictionary of equal rows, FD-GAN's translator makes the same picture."""
    section = params.single_row.model_dump(include={"image_size", "widths", "normalisation"})
    fdgan = FDGAN(FDGANParams(**section, rows=(3, 3, 3, 3), tag_length=4))
    own = {name for name, _ in fdgan.named_parameters() if ".writers." in name or ".readers." in name}
    assert {name for name, _ in fdgan.named_parameters()} - own == {name for name, _ in network.named_parameters()}
    fdgan.load_state_dict({**fdgan.state_dict(), **network.state_dict()})
    rows = [torch.randn(2, 1, width) for width in (8, 8, 16, 16)]
    wanted = WantedInput(torch.rand(2, 3, 64, 64) * 2 - 1, torch.zeros(2, 68, 2))
    torch.testing.assert_close(
        network.translate(wanted, rows), fdgan.translate(wanted, [row.expand(-1, 3, -1) for row in rows]), atol=1e-5, rtol=1e-4
    )
