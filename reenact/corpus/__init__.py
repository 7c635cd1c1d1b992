"""Where the videos come from: rendered heads, VoxCeleb2, or a plain folder, behind one interface."""
