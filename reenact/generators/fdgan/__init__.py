"""FD-GAN generates a subject's face from a landmark image and a dictionary of the subject's appearance (paper, Section 3.2)."""
