"""Pictures from people's own files: whatever Pillow reads becomes upright 8-bit sRGB."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from reenact.errors import ReenactError

# What shows through where a picture is transparent: neither dark nor light hair, nor skin, is of this grey.
GROUND = (128, 128, 128)
HIGH_BYTE = 257  # 65535 / 255


def read_picture(path: Path) -> np.ndarray:
    """The picture in a file, (height, width, 3) uint8 RGB, upright as its EXIF orientation says.

    Transparency shows mid grey; grey, palette, CMYK and 16-bit pictures are converted, the latter by their full range; an embedded
    colour profile is followed in opaque RGB and CMYK pictures, and in no others; of an animation the first frame counts.
    ReenactError: missing, no picture, damaged, or of more than the number of pixels (89 million) that Pillow takes for a
    decompression bomb.
    """
    if not path.is_file():
        raise ReenactError(f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; name a picture file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.load()
                return np.asarray(_rgb(ImageOps.exif_transpose(image)))
    except UnidentifiedImageError:
        raise ReenactError(f"{path} is no picture that can be read; give a JPEG, PNG, WebP, TIFF or GIF file") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ReenactError(f"{path} has more pixels than a portrait needs ({Image.MAX_IMAGE_PIXELS:,} at most); make it smaller") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow's decoders raise for damaged files
        raise ReenactError(f"{path} is damaged ({error}); save it again or use another picture") from error


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.has_transparency_data:
        pixels = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*GROUND, 255))
        return Image.alpha_composite(ground, pixels).convert("RGB")
    return _profiled(image) or image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or floats: floats up to 1 and whole numbers up to 255 are taken for the full range, others for 16 bits."""
    values = np.asarray(image, np.float64)
    if image.mode == "F" and values.max() <= 1:
        values = values * 255
    elif image.mode.startswith("I;16") or values.max() > 255:
        values = values / HIGH_BYTE
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _profiled(image: Image.Image) -> Image.Image | None:
    """The picture in sRGB by its own colour profile, or None where it has none that can be followed."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
