"""Complaints that arrived elsewhere (W2): who, by which way, what is asked for. Names and contacts are sealed (G3)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from records.complaint import Attachment, Complaint, normal_contact
from storage.connection import Connection
from storage.rows import storable, text_or_none, time_or_none


class Complaints(Connection):
    def save_complaints(self, complaints: Iterable[tuple[str, Complaint]]) -> None:
        """Save what stands beside imported mentions; saving the same again changes nothing, what is told later is added.

        Args:
            complaints: (key of the stored mention, complaint).
        """
        with self.transaction():
            for key, complaint in complaints:
                held = self.load_complaint(key)
                whole = _filled(held, complaint) if held is not None else complaint
                if whole == held or not whole.says_anything:
                    continue
                contact = whole.contact
                self._conn.execute(
                    "INSERT INTO complaint_details (mention, channel, received_at, demand, customer_sealed, "
                    "contact_sealed, contact_hash, order_sealed, transcript_sealed) VALUES (?,?,?,?,?,?,?,?,?) "
                    "ON CONFLICT (mention) DO UPDATE SET channel = excluded.channel, received_at = excluded.received_at, "
                    "demand = excluded.demand, customer_sealed = excluded.customer_sealed, contact_sealed = "
                    "excluded.contact_sealed, contact_hash = excluded.contact_hash, order_sealed = excluded.order_sealed, "
                    "transcript_sealed = excluded.transcript_sealed",
                    (
                        key,
                        whole.channel and storable(whole.channel),
                        text_or_none(whole.received_at),
                        whole.demand and storable(whole.demand),
                        self._sealed_text(whole.customer),
                        self._sealed_text(contact),
                        self.contact_hash(contact) if contact else None,
                        self._sealed_text(whole.order_number),
                        self._sealed_text(whole.transcript),
                    ),
                )
                if held is None or whole.attachments != held.attachments:
                    self._save_attachments(key, whole.attachments)

    def load_complaint(self, key: str) -> Complaint | None:
        """What stands beside an imported mention; None where nothing does."""
        row = self._row("SELECT * FROM complaint_details WHERE mention = ?", (key,))
        if row is None:
            return None
        files = self._rows("SELECT * FROM attachments WHERE mention = ? ORDER BY place", (key,))
        return Complaint(
            customer=self._unsealed(row["customer_sealed"]),
            contact=self._unsealed(row["contact_sealed"]),
            channel=row["channel"],
            received_at=time_or_none(row["received_at"]),
            demand=row["demand"],
            order_number=self._unsealed(row["order_sealed"]),
            transcript=self._unsealed(row["transcript_sealed"]),
            attachments=tuple(
                Attachment(
                    **json.loads(self._seal.open(f["told_sealed"]) or '{"name": ""}'),
                    content=self._seal.open_bytes(f["content_sealed"]) if f["content_sealed"] is not None else None,
                )
                for f in files
            ),
        )

    def contact_hash(self, contact: str) -> str:
        """Keyed hash of a contact, the same however it was written: what customers are matched by (W7, S11)."""
        return self._hash("contact", normal_contact(contact))[:32]

    def _save_attachments(self, key: str, attachments: Iterable[Attachment]) -> None:
        self._conn.execute("DELETE FROM attachments WHERE mention = ?", (key,))
        self._conn.executemany(
            "INSERT INTO attachments (mention, place, told_sealed, content_sealed) VALUES (?, ?, ?, ?)",
            [
                (
                    key,
                    place,
                    self._seal.close(
                        json.dumps(
                            {
                                "name": storable(a.name),
                                "media_type": storable(a.media_type),
                                "size": a.size,
                                "sha256": a.sha256,
                            },
                            ensure_ascii=False,
                        )
                    ),
                    self._seal.close_bytes(a.content) if a.content is not None else None,
                )
                for place, a in enumerate(attachments, 1)
            ],
        )

    def _sealed_text(self, text: str | None) -> str | None:
        return None if text is None else self._seal.close(storable(text))

    def _unsealed(self, sealed: str | None) -> str | None:
        return None if sealed is None else self._seal.open(sealed)


def _filled(held: Complaint, told: Complaint) -> Complaint:
    """What is told now, and what was told before where nothing is now."""
    return Complaint(
        customer=told.customer or held.customer,
        contact=told.contact or held.contact,
        channel=told.channel or held.channel,
        received_at=told.received_at or held.received_at,
        demand=told.demand or held.demand,
        order_number=told.order_number or held.order_number,
        transcript=told.transcript or held.transcript,
        attachments=told.attachments or held.attachments,
    )
