"""The target's picture itself, warped to the wanted landmarks. Nothing is trained: what a generator should be better than."""
