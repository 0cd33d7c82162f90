"""Events: the append-only truth of incidents (design 2). State is a fold over them.

No personal data: ``actor`` is a person id (a keyed hash), texts that people type lie in the erasable ``texts`` table and
only their ids stand here (G3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    incident: str | None
    """Incident id, e.g. FS-20261121-01; None for events of the whole system (an export, a refused login)."""
    kind: str
    """One of ``playbooks.incident.EventKind`` or a system kind (``export``, ``query``, ``import``…)."""
    at: datetime
    """Aware UTC."""
    actor: str | None = None
    """Person id such as ``p_1f3a…``; None when the system itself acted."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """JSON scalars, lists and objects of ids, numbers and rule words; never names, post texts or contacts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainedEvent:
    """An event as it stands in the log: its place and the two links of the chain."""

    seq: int
    event: Event
    previous: str
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A member of the crisis group, as the use cases see one."""

    id: str
    """Person id, a keyed hash of the name: the only form that enters the log."""
    name: str
    roles: Mapping[str, str] = field(default_factory=dict)
    """role → "A" or "B" (P6)."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """channel → account id there, e.g. {"telegram": "1001"}."""

    def holds(self, role: str) -> bool:
        return role in self.roles
