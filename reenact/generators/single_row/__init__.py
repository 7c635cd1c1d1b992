"""FD-GAN-1: FD-GAN whose dictionary has one row a level, an ablation of the paper's Section 4.1."""
