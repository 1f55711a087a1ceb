"""The schema's history (Alembic), shipped inside the package; `kernel/db/schema.py` runs it."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

from sqlalchemy import MetaData

from tidegate import modules
from tidegate.kernel.db.base import Base


def all_tables() -> MetaData:
    """Import the tables of the kernel and of every module there is, switched on or not, and return them."""
    for kernel in ("db", "issuers", "jobs"):
        importlib.import_module(f"tidegate.kernel.{kernel}.models")
    for module in pkgutil.iter_modules(modules.__path__, f"{modules.__name__}."):
        if module.ispkg and importlib.util.find_spec(f"{module.name}.models") is not None:
            importlib.import_module(f"{module.name}.models")
    return Base.metadata
