"""FD-GAN's extractor and translator, joined by the feature dictionary (paper, Fig. 4 and Section 6)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from reenact.config.networks import AdversarialParams, FDGANParams
from reenact.generators.fdgan.dictionary import Reader, Writer
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.layers.image_size import check_size
from reenact.generators.layers.unet import LEVELS, Down, Join, initialise, to_rgb, up
from reenact.generators.network import Network

# Images start from near grey. At full strength the noise of untrained features takes as long to unlearn as a mean face to learn.
FIRST_CONTRAST = 0.1

OfLevel = Callable[[int], nn.Module]  # makes the writer or the reader of a level, 0 for the finest


class Extractor(nn.Module):
    """A target image and its landmark image -> the feature dictionary."""

    def __init__(self, params: AdversarialParams, writer: OfLevel) -> None:
        super().__init__()
        widths, norm = params.widths, params.normalisation
        self.down = Down(6, widths, norm)
        self.writers = nn.ModuleList(writer(level) for level in range(LEVELS))
        # Nothing follows the finest writer: it would get no gradient. The coarsest level has no skip: it is the turning point.
        self.joins = nn.ModuleList(Join(w) for w in widths[:-1])
        self.ups = nn.ModuleList(up(w, finer, norm) for finer, w in pairwise(widths))

    def forward(self, image: Tensor, landmark_image: Tensor) -> list[Tensor]:
        """Twice (B, 3, H, W) in [-1, 1] -> rows of each level, finest first: (B, rows[i], widths[i])."""
        across = self.down(torch.cat((image, landmark_image), 1))
        features = across[-1]  # (B, widths[3], H/16, W/16)
        dictionary = [self.writers[-1](features)]
        for level in reversed(range(len(self.joins))):
            features = self.joins[level](self.ups[level](features), across[level])  # (B, widths[level], H/2^(level+1), ...)
            dictionary.insert(0, self.writers[level](features))
        return dictionary


class Translator(nn.Module):
    """A wanted landmark image and a feature dictionary -> the image."""

    def __init__(self, params: AdversarialParams, reader: OfLevel) -> None:
        super().__init__()
        widths, norm = params.widths, params.normalisation
        self.down = Down(3, widths, norm)
        self.readers = nn.ModuleList(reader(level) for level in range(LEVELS))
        self.joins = nn.ModuleList(Join(w) for w in widths[:-1])
        self.ups = nn.ModuleList(up(w, finer, norm) for finer, w in pairwise(widths))
        self.to_rgb = to_rgb(widths[0], norm)

    def forward(self, landmark_image: Tensor, dictionary: list[Tensor]) -> Tensor:
        """(B, 3, H, W) in [-1, 1] and the rows of each level, finest first -> (B, 3, H, W) in (-1, 1)."""
        across = self.down(landmark_image)
        features = self.readers[-1](across[-1], dictionary[-1])  # (B, widths[3], H/16, W/16)
        for level in reversed(range(len(self.joins))):
            features = self.joins[level](self.ups[level](features), across[level])  # (B, widths[level], H/2^(level+1), ...)
            features = self.readers[level](features, dictionary[level])
        return self.to_rgb(features)


class DictionaryNetwork(Network):
    """T of Eqs. (10) to (12): the joint extractor-translator, whatever writes and reads the dictionary.

    Images and landmark images are float32 RGB (B, 3, H, W) in [-1, 1], H and W multiples of 16 (ReenactError otherwise).
    """

    def __init__(self, params: AdversarialParams, writer: OfLevel, reader: OfLevel) -> None:
        super().__init__()
        self.extractor = Extractor(params, writer)
        self.translator = Translator(params, reader)
        initialise(self)
        before_tanh = self.translator.to_rgb[-2]
        assert isinstance(before_tanh, nn.ConvTranspose2d)
        with torch.no_grad():
            before_tanh.weight.mul_(FIRST_CONTRAST)

    def encode(self, target: TargetInput) -> list[Tensor]:
        """The feature dictionary of targets: (B, rows, width) for each level, finest first. It serves for any number of frames."""
        check_size(target.image, LEVELS)
        check_size(target.landmark_image, LEVELS)
        return self.extractor(target.image, target.landmark_image)

    def translate(self, wanted: WantedInput, encoded: list[Tensor]) -> Tensor:
        """Images of the wanted landmarks with the dictionary's appearance. A dictionary of one target serves a whole batch."""
        check_size(wanted.landmark_image, LEVELS)
        batch = len(wanted.landmark_image)
        return self.translator(wanted.landmark_image, [rows.expand(batch, -1, -1) for rows in encoded])


class FDGAN(DictionaryNetwork):
    """The full feature dictionary: rows written and read by attention."""

    def __init__(self, params: FDGANParams) -> None:
        widths, rows, tags = params.widths, params.rows, params.tag_length
        super().__init__(
            params,
            writer=lambda level: Writer(widths[level], rows[level], tags),
            reader=lambda level: Reader(widths[level], rows[level], tags),
        )
