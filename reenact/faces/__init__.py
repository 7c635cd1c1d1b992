"""From frames to one followed face: detection, 68 landmarks, crops and identity embeddings."""
