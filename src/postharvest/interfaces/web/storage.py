"""Static files under hashed names once they are collected, under plain names before."""

from typing import Any

from django.conf import settings
from whitenoise.compress import Compressor  # type: ignore[import-untyped]
from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)


class CollectedOrPlain(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Tests and a fresh checkout have no manifest yet; the pages must work all the same."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """Return the hashed name if the file was collected."""
        if not self.hashed_files:
            return name
        return str(super().stored_name(name))

    def create_compressor(self, **kwargs: Any) -> Compressor:  # noqa: ANN401
        """Leave brotli out for the demo: it costs seconds and nothing travels there."""
        return Compressor(**{**kwargs, "use_brotli": not settings.POSTHARVEST_DEMO})
