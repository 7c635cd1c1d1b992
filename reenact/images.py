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

# What shows through where a picture is transparent: neither dark nor light hair, nor skin, is of this grey.
GROUND = (128, 128, 128)
HIGH_BYTE = 257  # 65535 / 255
# What Pillow knows by name alone, or hands to a program of its own (EPS to Ghostscript): no pictures here.
NOT_OPENED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
BITS, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0  # tags of TIFF, and what the second may say
MOST_VALUES = 0.99  # of a picture of floats, by which its range is told: highlights may be brighter


# What EXIF's orientation asks for; 1 and what is no orientation: nothing.
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

    Transparency shows mid grey; grey, palette, CMYK and 16-bit pictures are converted, the latter by their full range; an embedded
    colour profile is followed in opaque RGB and CMYK pictures, and in no others; of an animation the first frame counts. EXIF that cannot
    be read turns nothing, and texts of any length are passed over.
    ReenactError: missing or unreadable, no picture (NoPicture), damaged, or of more than the number of pixels (89 million) that Pillow
    takes for a decompression bomb.
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
    # Exception: a damaged file leads Pillow's plugins into errors of any kind, from struct.error to MemoryError. Only they work here.
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
    """The picture turned as its EXIF says. Without ImageOps.exif_transpose, which writes EXIF anew and fails where it is odd."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # damaged EXIF leads Pillow into errors of any kind, and says nothing of the pixels
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
    """Grey of 12, 16 or 32 bits or floats: floats up to 1 and whole numbers up to 255 are taken for the full range, others for 16 bits.

    Of floats hardly any may be higher. What is no number is black.
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
    """Levels of up to 16 bits as levels to 255. `tags`: of a TIFF file, whose 12 bits and whose negatives Pillow gives as they are."""
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
