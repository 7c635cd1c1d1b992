"""LD-Net, the landmark disentanglement network (paper, Section 3.1)."""
