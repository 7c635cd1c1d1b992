from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.generators.fdgan.dictionary import Reader, Writer, read, write


def test_write_is_equation_8():
    random = np.random.default_rng(1)
    tags, keys, values = random.normal(size=(5, 4)), random.normal(size=(2, 9, 4)), random.normal(size=(2, 9, 3))
    expected = np.zeros((2, 5, 3))
    for b in range(2):
        for i in range(5):
            weights = [np.exp(sum(tags[i, m] * keys[b, n, m] for m in range(4))) for n in range(9)]
            for n in range(9):
                expected[b, i] += weights[n] / sum(weights) * values[b, n]
    got = write(*(torch.from_numpy(x.astype(np.float32)) for x in (tags, keys, values)))
    np.testing.assert_allclose(got.numpy(), expected, atol=1e-5)


def test_read_is_equation_9():
    random = np.random.default_rng(2)
    tags, keys, rows = random.normal(size=(5, 4)), random.normal(size=(2, 9, 4)), random.normal(size=(2, 5, 3))
    expected = np.zeros((2, 9, 3))
    for b in range(2):
        for j in range(9):
            weights = [np.exp(sum(tags[k, m] * keys[b, j, m] for m in range(4))) for k in range(5)]
            for k in range(5):
                expected[b, j] += weights[k] / sum(weights) * rows[b, k]
    got = read(*(torch.from_numpy(x.astype(np.float32)) for x in (tags, keys, rows)))
    np.testing.assert_allclose(got.numpy(), expected, atol=1e-5)


def test_writer_and_reader_map_each_place_by_1x1_convolutions():
    """Against the same maps written as convolutions over an image that is not square."""
    torch.manual_seed(0)
    features = torch.randn(2, 6, 3, 5)
    writer, reader = Writer(6, rows=7, tag_length=4), Reader(6, rows=7, tag_length=4)

    def conv(linear):
        return torch.einsum("oc,bchw->bohw", linear.weight, features) + linear.bias[:, None, None]

    weights = torch.einsum("nm,bmhw->bnhw", writer.tags, conv(writer.key)).flatten(2).softmax(2)
    rows = torch.einsum("bnp,bcp->bnc", weights, conv(writer.value).flatten(2))
    torch.testing.assert_close(writer(features), rows)

    weights = torch.einsum("nm,bmhw->bnhw", reader.tags, conv(reader.key)).softmax(1)
    expected = features + torch.einsum("bnhw,bnc->bchw", weights, rows)
    torch.testing.assert_close(reader(features, rows), expected)


def test_rows_forget_where_things_stood():
    """Moving the places about changes nothing in the dictionary: it is a sum over places."""
    torch.manual_seed(0)
    features, writer = torch.randn(1, 6, 4, 4), Writer(6, rows=7, tag_length=4)
    shuffled = features.flatten(2)[..., torch.randperm(16)].view(1, 6, 4, 4)
    torch.testing.assert_close(writer(shuffled), writer(features))


def test_tags_are_drawn_from_a_unit_gaussian():
    torch.manual_seed(0)
    for tags in (Reader(8, 512, 64).tags, Writer(8, 512, 64).tags):
        assert (tags.mean().item(), tags.std().item()) == (pytest.approx(0, abs=0.03), pytest.approx(1, rel=0.03))
