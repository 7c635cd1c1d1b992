"""The patch-based discriminator and classifier: the down-convolution path and a 1×1 head (paper, Section 6)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from reenact.generators.layers.image_size import check_size
from reenact.generators.layers.unet import LEVELS, Down


class PatchNetwork(nn.Module):
    """D has one output at every place of the coarsest level. C has one for each training subject."""

    def __init__(self, widths: Sequence[int], outputs: int) -> None:
        super().__init__()
        self.down = Down(3, widths)
        self.head = nn.Conv2d(widths[-1], outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] -> (B, outputs, H/16, W/16): scores of D, logits of C."""
        check_size(image, LEVELS)
        return self.head(self.down(image)[-1])
