"""Static files under names that carry the hash of their contents."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hash the names in `import "./x.js"` too, which Django leaves out by default."""

    support_js_module_import_aggregation = True
