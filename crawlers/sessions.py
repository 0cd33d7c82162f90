"""Where the operator's own logged-in sessions lie: one folder a platform, used for the platform itself only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from records.mention import Platform


def find_state(platform: Platform, environment: Mapping[str, str]) -> Path | None:
    """The saved browser state of a platform: FENGSHENG_<PLATFORM>_STATE, else ``state.json`` in its profile folder under
    FENGSHENG_PROFILES; None where there is none."""
    named = environment.get(f"FENGSHENG_{platform.upper()}_STATE", "").strip()
    folder = environment.get("FENGSHENG_PROFILES", "").strip()
    for path in (Path(named) if named else None, Path(folder) / platform / "state.json" if folder else None):
        if path is not None and path.is_file():
            return path
    return None
