"""The training of a network against a discriminator D and a classifier C of subjects (paper, Section 3.2)."""
