"""FD-GAN's extractor and translator, joined by adaptive instance normalisation."""

from __future__ import annotations

from reenact.config.networks import AdaINParams
from reenact.generators.adain.modulation import Modulation, ModulationReader
from reenact.generators.fdgan.dictionary import Writer
from reenact.generators.fdgan.model import DictionaryNetwork
from reenact.generators.layers.mean_row import MeanRow


class AdaIN(DictionaryNetwork):
    """Scale and shift come from one row a level, as in the paper's Section 4.1, or from the full dictionary, as in its Section 9.1."""

    def __init__(self, params: AdaINParams) -> None:
        widths, rows, tags = params.widths, params.rows, params.tag_length
        if params.dictionary == "one row":
            super().__init__(params, writer=lambda level: MeanRow(), reader=lambda level: Modulation(widths[level]))
        else:
            super().__init__(
                params,
                writer=lambda level: Writer(widths[level], rows[level], tags),
                reader=lambda level: ModulationReader(widths[level], rows[level], tags),
            )
