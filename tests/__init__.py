"""Everything here runs in a temporary data folder, never in the developer's own.

This package is imported before any conftest.py, and Django reads its settings once:
what they depend on must stand in the environment by then. (`DJANGO_SETTINGS_MODULE` in
pyproject.toml would be read earlier still, and tests would write to var/.)
"""

import os
import tempfile
from pathlib import Path

import django

for name in list(os.environ):
    if name.startswith("QAWEB_") or name in {"HOST", "PORT"}:
        del os.environ[name]

DATA = tempfile.TemporaryDirectory(prefix="qaweb-tests-", ignore_cleanup_errors=True)
os.environ["QAWEB_DATA"] = DATA.name
os.environ["DJANGO_SETTINGS_MODULE"] = "qaweb.settings"
Path(DATA.name, "static").mkdir()  # WhiteNoise warns when it is missing

django.setup()
