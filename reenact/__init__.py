"""One-shot, identity-preserving portrait reenactment: the networks, the face data path and their evaluation."""
