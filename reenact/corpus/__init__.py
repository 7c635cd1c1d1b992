"""Where the videos come from: rendered heads, VoxCeleb, FaceForensics++, or a plain folder, behind one interface."""
