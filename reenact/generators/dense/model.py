"""The dense generator: FD-GAN with dense, pixel-wise conditioning, as the paper's Section 5 proposes.

A flow moves the target's picture to the wanted landmarks. A network mixes it from four motions (`generators.flow.motions`) and
refines it. It sees the target as each motion has it, and reads a dictionary of the target as FD-GAN does. What the moved picture
lacks, such as teeth, closed eyes or a far cheek, it paints: it gives a change of colour, and a mask of where that counts.

The network works on pictures of at most `network_size` pixels, and what it gives is resized to the target's picture, which is moved at
its own size S. N is the smaller of S and `network_size`. Mouth and eyes are painted at N pixels, the rest at 64.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from reenact.config.networks import DenseParams
from reenact.generators.dense.motion import Motion
from reenact.generators.dense.region import mouth_and_eyes
from reenact.generators.fdgan.dictionary import Reader, Writer
from reenact.generators.flow.motions import MOTIONS, Motions, flow_side, motions
from reenact.generators.flow.places import resize, sample, shrunk, to_places
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.layers.image_size import check_size
from reenact.generators.layers.unet import LEVELS, Down, Join, activated, initialise, up
from reenact.generators.network import Network

FLOW_LEVEL = 1  # the level at which the motions are mixed: a quarter of the side at which the network works
FIRST_DICTIONARY = 2  # from this level on there is a dictionary: what is finer than an eighth of the side, the moved target shows
COARSE_SIDE = 64  # of what is painted outside mouth and eyes: if it were finer, hair and cloth would lose their grain
FIRST_CHANGE = 0.1  # the first changes of colour are weak: they are noise

# The wanted landmark image, the target and its landmark image as the spline moves them, the target as two other motions do, and two maps
# of the head.
SHOWN = 3 + 6 + 3 + 3 + 2


class DenseTarget(NamedTuple):
    """B targets.

    image: (B, 3, S, S) in [-1, 1]. small: (B, 6, N, N), the image and its landmark image. landmarks: (B, 68, 2), places
    (`generators.flow.places`). projected: features of the levels up to that of the flow, each through its 1×1 convolution, finest first,
    (B, widths[i], N/2^(i+1), ...). dictionary: of the coarser levels, (B, rows[i], widths[i + 2]).
    """

    image: Tensor
    small: Tensor
    landmarks: Tensor
    projected: list[Tensor]
    dictionary: list[Tensor]

    def expanded(self, count: int) -> DenseTarget:
        """One target for `count` frames; B targets stay as they are if B is `count`."""

        def expand(tensor: Tensor) -> Tensor:
            return tensor.expand(count, *(-1,) * (tensor.ndim - 1))

        each = (expand(part) if isinstance(part, Tensor) else [expand(tensor) for tensor in part] for part in self)
        return DenseTarget(*each)  # type: ignore[arg-type]  # the fields keep their types


class Parts(NamedTuple):
    """B pictures.

    image: (B, 3, S, S), in [-1, 1] but for what is cut off where pixels are made of it. moved: (B, 3, S, S), the target as the flow has it.
    mask: (B, 1, S, S) in (0, 1), how far it is changed.
    """

    image: Tensor
    moved: Tensor
    mask: Tensor


class Dense(Network):
    """Images and landmark images are float32 RGB (B, 3, S, S) in [-1, 1], S a multiple of 16 (ReenactError otherwise)."""

    uncompiled = ("motions",)  # no CUDA graph can hold the solving of its equations

    def __init__(self, params: DenseParams) -> None:
        super().__init__()
        self.network_size = params.network_size
        widths, tags = params.widths, params.tag_length
        self.target_down = Down(6, widths)
        self.writers = nn.ModuleList(Writer(w, n, tags) for w, n in zip(widths[FIRST_DICTIONARY:], params.rows, strict=True))
        self.wanted_down = Down(SHOWN, widths)
        self.readers = nn.ModuleList(Reader(w, n, tags) for w, n in zip(widths[FIRST_DICTIONARY:], params.rows, strict=True))
        self.joins = nn.ModuleList(Join(w) for w in widths[:-1])
        self.ups = nn.ModuleList(up(w, finer, "none") for finer, w in pairwise(widths))
        self.projections = nn.ModuleList(nn.Conv2d(w, w, 1) for w in widths[: FLOW_LEVEL + 1])
        self.to_change = nn.Sequential(
            activated(nn.Conv2d(widths[0], widths[0], 3, padding=1), widths[0], "none"),
            nn.ConvTranspose2d(widths[0], 4, 4, stride=2, padding=1),
        )
        initialise(self)
        self.motion = Motion(widths[FLOW_LEVEL], len(MOTIONS))
        last = self.to_change[-1]
        assert isinstance(last, nn.ConvTranspose2d)
        with torch.no_grad():
            last.weight.mul_(FIRST_CHANGE)

    def encode(self, target: TargetInput) -> DenseTarget:
        """The target's features, its dictionary, and itself."""
        check_size(target.image, LEVELS)
        small = shrunk(torch.cat((target.image, target.landmark_image), 1), self.network_size)
        features = self.target_down(small)
        dictionary = [writer(features[FIRST_DICTIONARY + i]) for i, writer in enumerate(self.writers)]
        # A 1×1 convolution before the flow samples its output gives what it would give after, and once for all frames.
        projected = [projection(features[i]) for i, projection in enumerate(self.projections)]
        return DenseTarget(target.image, small, to_places(target.landmarks, target.image.shape[-1]), projected, dictionary)

    def translate(self, wanted: WantedInput, encoded: DenseTarget) -> Tensor:
        """The images of the wanted landmarks."""
        return self.parts(wanted, encoded).image

    def parts(self, wanted: WantedInput, encoded: DenseTarget) -> Parts:
        """The images and what they are made of."""
        check_size(wanted.landmark_image, LEVELS)
        size = wanted.landmark_image.shape[-1]
        target = encoded.expanded(len(wanted.landmarks))
        drawn = shrunk(wanted.landmark_image, self.network_size)
        moves = self.motions(to_places(wanted.landmarks, size), target.landmarks, flow_side(size))
        features, flow = self._features(shown(drawn, target.small, moves), target, moves.flows)
        moved = sample(target.image, resize(flow, size))
        predicted = self.to_change(features).float()
        painted = torch.cat((predicted[:, :3].tanh(), predicted[:, 3:].sigmoid()), 1)
        painted = resize(fine_at_mouth_and_eyes(painted, wanted.landmarks, size), size)
        change, mask = painted.split((3, 1), 1)
        return Parts(moved + mask * change, moved, mask)

    def motions(self, wanted: Tensor, target: Tensor, side: int) -> Motions:
        """See `generators.flow.motions.motions`."""
        return motions(wanted, target, side)

    def _features(self, inputs: Tensor, target: DenseTarget, flows: Tensor) -> tuple[Tensor, Tensor]:
        """From what the network is shown, (B, SHOWN, N, N): features (B, widths[0], N/2, N/2), and the flow that it chose."""
        across = self.wanted_down(inputs)
        features = self._read(across[-1], LEVELS - 1, target)
        for level in reversed(range(LEVELS - 1)):
            features = self.joins[level](self.ups[level](features), across[level])  # (B, widths[level], N/2^(level+1), ...)
            features = self._read(features, level, target)
            if level == FLOW_LEVEL:
                flow = self.motion(features, flows)
            if level <= FLOW_LEVEL:
                features = features + sample(target.projected[level], resize(flow, features.shape[-1]))
        return features, flow

    def _read(self, features: Tensor, level: int, target: DenseTarget) -> Tensor:
        place = level - FIRST_DICTIONARY
        return features if place < 0 else self.readers[place](features, target.dictionary[place])


def fine_at_mouth_and_eyes(painted: Tensor, landmarks: Tensor, size: int) -> Tensor:
    """What is painted (B, 4, N, N), no finer than at `COARSE_SIDE` pixels but for mouth and eyes, towards whose edges it gets coarser.

    landmarks: (B, 68, 2), in pixels of a picture of `size`.
    """
    side = painted.shape[-1]
    if side <= COARSE_SIDE:
        return painted
    region = mouth_and_eyes((landmarks + 0.5) * (side / size) - 0.5, side)
    return resize(shrunk(painted, COARSE_SIDE), side).lerp(painted, region)


def shown(drawn: Tensor, small: Tensor, moves: Motions) -> Tensor:
    """What the network is shown of a wanted frame, (B, SHOWN, N, N).

    drawn: the wanted landmark image (B, 3, N, N). small: of the target (`DenseTarget`).
    """
    size = drawn.shape[-1]
    _, head, mirrored, spline = (resize(flow, size) for flow in moves.flows.unbind(1))
    image = small[:, :3]
    maps = 2 * resize(torch.cat((moves.seen, moves.inside), 1), size) - 1
    inputs = torch.cat((drawn, sample(small, spline), sample(image, head), sample(image, mirrored), maps), 1)
    return inputs.contiguous(memory_format=torch.channels_last)
