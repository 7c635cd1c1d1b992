"""Pix2PixHD: an image-to-image network that sees target and wanted landmarks at once (arXiv 1711.11585), a baseline of Section 4.1."""
