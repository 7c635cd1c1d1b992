"""The weights of dlib's face descriptor network, read from its file layer by layer.

The file begins with a number for each layer, the last layer's first, and then has the layers from the picture on. Of each it has what
decides its result, settings of its training and its state, which is empty in a file that is given away.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from reenact.faces.dlib_file import DlibFile

CHIP_SIDE = 150
CHANNEL_MEANS = (122.782, 117.001, 104.298)
"""Red, green and blue."""
FIRST_CHANNELS = 32
OUTPUTS = 128


class BlockShape(NamedTuple):
    """A residual block: two 3×3 convolutions to `channels`, and whether it halves width and height."""

    channels: int
    halves: bool


BLOCKS = (
    *[BlockShape(32, False)] * 3,
    *(BlockShape(64, True), *[BlockShape(64, False)] * 3),
    *(BlockShape(128, True), *[BlockShape(128, False)] * 2),
    *(BlockShape(256, True), *[BlockShape(256, False)] * 2),
    BlockShape(256, True),
)

# The version in which each kind of layer is written. A tag names the input of a block, a skip goes back to it.
FIRST_LAYER, LAYER, TAG, SKIP = 3, 2, 1, 1
# From a block's last ReLU back to its input. One that halves goes back to it by a skip, to pool it behind the convolutions.
BLOCK_VERSIONS = (*[LAYER] * 7, TAG)
HALVING_BLOCK_VERSIONS = (LAYER, LAYER, LAYER, SKIP, TAG, *[LAYER] * 5, TAG)

NORMALISES_CHANNELS, HAS_NO_BIAS = 0, 1
LEARNING_RATES = (1.0, 1.0, 1.0, 0.0)


class Convolution(NamedTuple):
    """weight (filters, inputs, height, width) and bias (filters,), float32, with the affine layer behind it folded in."""

    weight: np.ndarray
    bias: np.ndarray


class FaceWeights(NamedTuple):
    """`first`: 7×7, 32 filters. blocks: two convolutions for each of `BLOCKS`. projection: (256, 128), without a bias."""

    first: Convolution
    blocks: tuple[tuple[Convolution, Convolution], ...]
    projection: np.ndarray


def read_face_weights(path: Path) -> FaceWeights:
    """The weights in `dlib_face_recognition_resnet_model_v1.dat`; ReenactError where the file is not exactly this network."""
    file = DlibFile(path)
    file.expect(1, "loss_metric_2", 0.04, 0.6, *_versions())
    file.expect("input_rgb_image_sized", *CHANNEL_MEANS, CHIP_SIDE, CHIP_SIDE)
    first = _convolution(file, (FIRST_CHANNELS, 3, 7, 7), stride=2, is_first=True)
    _layer(file, "relu_")
    _layer(file, "max_pool_2", 3, 3, 2, 2, 0, 0)
    blocks, inputs = [], FIRST_CHANNELS
    for channels, halves in BLOCKS:
        blocks.append(_block(file, inputs, channels, halves))
        inputs = channels
    _layer(file, "avg_pool_2", 0, 0, 1, 1, 0, 0)  # of no size: over the whole map
    projection = _projection(file, inputs)
    file.end()
    return FaceWeights(first, tuple(blocks), projection)


def _versions() -> list[int]:
    """Those of all layers, from the last one on."""
    blocks = [HALVING_BLOCK_VERSIONS if block.halves else BLOCK_VERSIONS for block in reversed(BLOCKS)]
    projection, first = (LAYER, LAYER), (LAYER, LAYER, LAYER, FIRST_LAYER)
    return [version for part in (projection, *blocks, first) for version in part]


def _block(file: DlibFile, inputs: int, channels: int, halves: bool) -> tuple[Convolution, Convolution]:
    one = _convolution(file, (channels, inputs, 3, 3), stride=2 if halves else 1)
    _layer(file, "relu_")
    two = _convolution(file, (channels, channels, 3, 3), stride=1)
    if halves:
        _layer(file, "avg_pool_2", 2, 2, 2, 2, 0, 0)
    _layer(file, "add_prev_")
    _layer(file, "relu_")
    return one, two


def _convolution(file: DlibFile, shape: tuple[int, int, int, int], stride: int, is_first: bool = False) -> Convolution:
    """A convolution and the affine layer behind it, as one convolution."""
    filters, inputs, height, width = shape
    size = filters * inputs * height * width
    padding = height // 2 if stride == 1 else 0
    file.expect("con_4")
    parameters = file.tensor(size + filters, 1, 1, 1).astype(np.float64).ravel()
    file.expect(filters, height, width, stride, stride, padding, padding, 1, *shape, 1, 1, filters, 1, 1, *LEARNING_RATES)
    _state(file)
    if is_first:
        file.expect(1)  # inputs a sample
    file.expect("affine_")
    scale, shift = file.tensor(2 * filters, 1, 1, 1).astype(np.float64).reshape(2, filters)
    file.expect(1, 1, filters, 1, 1, 1, 1, filters, 1, 1, NORMALISES_CHANNELS)
    _state(file)
    weight = parameters[:size].reshape(shape) * scale[:, None, None, None]
    return Convolution(weight.astype(np.float32), (parameters[size:] * scale + shift).astype(np.float32))


def _projection(file: DlibFile, inputs: int) -> np.ndarray:
    file.expect("fc_2", OUTPUTS, inputs)
    weight = file.tensor(inputs, OUTPUTS, 1, 1)
    file.expect(1, inputs, OUTPUTS, 1, 1, 1, 0, 0, 0, 0, HAS_NO_BIAS, *LEARNING_RATES)
    _state(file)
    return weight[:, :, 0, 0]


def _layer(file: DlibFile, name: str, *settings: int) -> None:
    """Read over a layer without weights."""
    file.expect(name, *settings)
    _state(file)


def _state(file: DlibFile) -> None:
    """Read over what a layer remembers of its last use: three flags, and three tensors that must be empty."""
    for _ in range(3):
        file.flag()
    for _ in range(3):
        file.tensor(0, 0, 0, 0)
