"""AdaIN: FD-GAN whose dictionary becomes scale and shift of normalised features, an ablation of the paper's Section 4.1."""
