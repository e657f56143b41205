"""Photos that people send: judged by what is in them, made small, stripped, kept under their hash.

Nothing of the uploaded file survives but its pixels: no name, no place, no camera.
"""

import hashlib
import io
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 6 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
KINDS = ("JPEG", "PNG", "WEBP")
_QUALITY = 80


class BadPhoto(ValueError):
    """The upload is no photo we take; the message says why, in the page's language."""


def clean(upload: "UploadedFile[bytes]") -> bytes:
    """Return the picture as a JPEG of at most 1600 pixels a side, without its metadata.

    Raises
    ------
    BadPhoto
        It is too large, holds too many pixels, or is no JPEG, PNG or WebP whatever its name says.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise BadPhoto(_("is larger than 6 MB; send a smaller picture"))
    try:
        with Image.open(upload, formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:  # read from the header, not decoded
                raise BadPhoto(_("has more than 40 million pixels; send a smaller picture"))
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BadPhoto):
            raise
        raise BadPhoto(_("is no photo we can read; send a JPEG, PNG or WebP")) from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = io.BytesIO()
    upright.save(small, "JPEG", quality=_QUALITY, optimize=True)
    return small.getvalue()


def keep(photos: Sequence[bytes], *, folder: str) -> list[str]:
    """Store clean photos under the hash of what they show; sent twice it is one file."""
    names = []
    for photo in photos:
        name = f"{folder}/{hashlib.sha256(photo).hexdigest()[:32]}.jpg"
        if not default_storage.exists(name):
            name = default_storage.save(name, ContentFile(photo))
        names.append(name)
    return names
