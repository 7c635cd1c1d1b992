"""Pictures from people's own files: whatever Pillow reads becomes upright 8-bit sRGB."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from reenact.errors import ReenactError
from reenact.files import reading, require_file
from reenact.png import without_long_texts

# The colour behind transparent pixels: neither hair nor skin is of this grey.
GROUND = (128, 128, 128)
HIGH_BYTE = 257  # 65535 / 255
# Formats that Pillow cannot decode itself, or hands to another program (EPS to Ghostscript): not opened.
NOT_OPENED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
BITS, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0  # tags of TIFF, and a value of the second
MOST_VALUES = 0.99  # of a float picture: these decide its range, as highlights may be brighter

# How to turn a picture, by its EXIF orientation. 1 and unknown values: not at all.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
OTHER = "save it again or use another picture"


class NoPicture(ReenactError):
    """A file that is no picture at all."""


def read_picture(path: Path) -> np.ndarray:
    """The picture in a file, (height, width, 3) uint8 RGB, upright as its EXIF orientation says.

    Transparency becomes mid grey. Grey, palette, CMYK and 16-bit pictures are converted, the latter by their full range. An embedded colour
    profile is applied to opaque RGB and CMYK pictures only. Of an animation, the first frame is taken. EXIF that cannot be read turns
    nothing, and texts of any length are skipped.
    ReenactError: missing or unreadable, no picture (NoPicture), damaged, or more pixels (89 million) than Pillow allows.
    """
    with open_picture(path) as image:
        with _decoding(path):
            image.load()
        return np.asarray(_rgb(_upright(image)))


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """A picture file with its headers read, as Pillow has it; ReenactError as `read_picture`."""
    require_file(path, "name a picture file")
    with ExitStack() as stack:
        with _decoding(path):
            file = stack.enter_context(path.open("rb"))
            Image.init()
            image = stack.enter_context(Image.open(without_long_texts(file), formats=[name for name in Image.ID if name not in NOT_OPENED]))
        yield image


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """What Pillow raises in the block, as a ReenactError."""
    # Exception: on a damaged file Pillow's plugins raise anything from struct.error to MemoryError. Nothing else runs here.
    with reading(path, OTHER, Exception), warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except UnidentifiedImageError:
            raise NoPicture(f"{path} is no picture that can be read; give a JPEG, PNG, WebP, TIFF or GIF file") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            most = f"{Image.MAX_IMAGE_PIXELS:,} at most"
            raise ReenactError(f"{path} has more pixels than a portrait needs ({most}); make it smaller") from None


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF says. ImageOps.exif_transpose would rewrite the EXIF, and fail where that is odd."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # on damaged EXIF Pillow raises errors of any kind; the pixels may still be good
        return image
    method = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if method is None else image.transpose(method)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.has_transparency_data:
        pixels = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*GROUND, 255))
        return Image.alpha_composite(ground, pixels).convert("RGB")
    return _profiled(image) or image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 12, 16 or 32 bits, or of floats, as 8 bits. Floats up to 1 and whole numbers up to 255 are the full range, others 16 bits.

    A few floats (see `MOST_VALUES`) may be above 1. NaN becomes black.
    """
    values = np.nan_to_num(np.asarray(image, np.float64), nan=0, posinf=np.inf, neginf=0)
    highest = np.quantile(values, MOST_VALUES, method="lower") if image.mode == "F" else values.max()
    if image.mode == "F" and highest <= 1:
        values = values * 255
    elif image.mode.startswith("I;16"):
        values = _of_bits(values, getattr(image, "tag_v2", {}))
    elif highest > 255:
        values = values / HIGH_BYTE
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _of_bits(values: np.ndarray, tags: Mapping[int, Any]) -> np.ndarray:
    """Levels of up to 16 bits, scaled to 255. `tags`: those of a TIFF file, as Pillow leaves its 12 bits and its negatives as they are."""
    values = values * (255 / (2 ** tags.get(BITS, (16,))[0] - 1))
    return 255 - values if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO else values


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
