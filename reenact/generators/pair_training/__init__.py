"""The training of a generator on pairs of frames of a clip: what all such trainings share."""
