"""People of whom only landmarks are made, for LD-Net: heads far more various than the rendered ones, and seen by various detectors."""
