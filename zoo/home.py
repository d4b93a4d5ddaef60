"""Where the zoo keeps data sets and runs: ``$ZOO_HOME``, else the platform's cache folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def zoo_home() -> Path:
    """The folder under which data sets, runs and demo results live. It may not exist yet."""
    if configured := os.environ.get("ZOO_HOME"):
        return Path(configured).expanduser().resolve()
    if sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "expression-zoo"


def data_folder() -> Path:
    """Where data sets live."""
    return zoo_home() / "data"


def runs_folder() -> Path:
    """Where trainings live unless ``--runs`` says otherwise."""
    return zoo_home() / "runs"


def shipped_folder() -> Path:
    """Where what is computed by shipped weights is kept: never in the package."""
    return zoo_home() / "shipped"


def calibration_folder() -> Path:
    """Where temperatures of ensembles are kept, which have no folder of their own."""
    return zoo_home() / "calibration"


def demo_folder() -> Path:
    """Where ``zoo demo`` keeps its runs and reports, apart from real ones."""
    return zoo_home() / "demo"
