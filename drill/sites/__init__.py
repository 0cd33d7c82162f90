"""The drill's stand-ins, one module a platform."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from drill.sites.base import Site
from records.mention import Platform


@cache
def load_sites() -> Mapping[Platform, Site]:
    """Every stand-in there is: each module of this package but ``base`` that has a ``SITE`` (or ``SITES``)."""
    found: dict[Platform, Site] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for site in (*getattr(loaded, "SITES", ()), *([loaded.SITE] if hasattr(loaded, "SITE") else [])):
            found[site.platform] = site
    return MappingProxyType({p: found[p] for p in Platform if p in found})
