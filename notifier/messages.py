"""Every message of the product, incident in and plain parts with buttons out (pure); one module per kind of message."""

from notifier.alert_message import render_alert, render_detail
from notifier.card_message import render_card, render_closed
from notifier.notice_message import render_notice, say_pressed, say_question
from notifier.operations_message import (
    render_delivery_failed,
    render_operations,
    render_source_back,
    render_source_blind,
)
from notifier.sentences import say_alert, say_matter
from notifier.view import Earlier, EvidenceView, IncidentView, evidence_view

__all__ = [
    "Earlier",
    "EvidenceView",
    "IncidentView",
    "evidence_view",
    "render_alert",
    "render_card",
    "render_closed",
    "render_delivery_failed",
    "render_detail",
    "render_notice",
    "render_operations",
    "render_source_back",
    "render_source_blind",
    "say_alert",
    "say_matter",
    "say_pressed",
    "say_question",
]
