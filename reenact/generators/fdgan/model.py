"""FD-GAN's extractor and translator, joined by the feature dictionary (paper, Fig. 4 and Section 6)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from reenact.config.networks import FDGANParams
from reenact.generators.fdgan.dictionary import Reader, Writer
from reenact.generators.fdgan.unet import Down, Join, check_size, initialise, to_rgb, up
from reenact.training.export import load_weights, read_section

NETWORK = "FDGAN"
# Images start from near grey. At full strength the noise of untrained features takes as long to unlearn as a mean face to learn.
FIRST_CONTRAST = 0.1


class Extractor(nn.Module):
    """A target image and its landmark image -> the feature dictionary."""

    def __init__(self, params: FDGANParams) -> None:
        super().__init__()
        widths, norm = params.widths, params.normalisation
        self.down = Down(6, widths, norm)
        self.writers = nn.ModuleList(Writer(w, n, params.tag_length) for w, n in zip(widths, params.rows, strict=True))
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

    def __init__(self, params: FDGANParams) -> None:
        super().__init__()
        widths, norm = params.widths, params.normalisation
        self.down = Down(3, widths, norm)
        self.readers = nn.ModuleList(Reader(w, n, params.tag_length) for w, n in zip(widths, params.rows, strict=True))
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


class FDGAN(nn.Module):
    """T of Eqs. (10) to (12): the joint extractor-translator.

    Images and landmark images are float32 RGB (B, 3, H, W) in [-1, 1], H and W multiples of 16 (ReenactError otherwise).
    """

    def __init__(self, params: FDGANParams) -> None:
        super().__init__()
        self.extractor = Extractor(params)
        self.translator = Translator(params)
        initialise(self)
        before_tanh = self.translator.to_rgb[-2]
        assert isinstance(before_tanh, nn.ConvTranspose2d)
        with torch.no_grad():
            before_tanh.weight.mul_(FIRST_CONTRAST)

    def extract(self, image: Tensor, landmark_image: Tensor) -> list[Tensor]:
        """The feature dictionary of targets: (B, rows, width) for each level, finest first. It serves for any number of frames."""
        check_size(image)
        check_size(landmark_image)
        return self.extractor(image, landmark_image)

    def translate(self, landmark_image: Tensor, dictionary: list[Tensor]) -> Tensor:
        """Images of the wanted landmarks with the dictionary's appearance. A dictionary of one target serves a whole batch."""
        check_size(landmark_image)
        batch = len(landmark_image)
        return self.translator(landmark_image, [rows.expand(batch, -1, -1) for rows in dictionary])

    def forward(self, image: Tensor, landmark_image: Tensor, wanted_landmark_image: Tensor) -> Tensor:
        """T(x_T, l_T, l'_T): the target as it would look with the wanted landmarks, (B, 3, H, W) in (-1, 1)."""
        return self.translate(wanted_landmark_image, self.extract(image, landmark_image))


def load_fdgan(folder: Path, device: torch.device) -> FDGAN:
    """The trained FD-GAN in `folder`, in evaluation mode on `device`; ReenactError where the files are missing, damaged or do not fit."""
    fdgan = FDGAN(read_section(folder, NETWORK, FDGANParams))
    load_weights(folder, fdgan)
    return fdgan.to(device).eval()
