"""Views for analysts, with plain column names: what read-only Datasette shows (R6)."""

from __future__ import annotations

_MINUTE = "strftime('%Y-%m-%dT%H:%M:00+00:00', {} * 60, 'unixepoch')"

VIEWS = {
    "mentions_view": """
        SELECT m.key AS mention, m.platform, m.kind, a.brand, a.level, a.category, a.subcategory, a.product, a.problem,
            a.mood, a.complaint, a.topicality, a.emotion, a.spread, m.title, m.text, m.url, m.author_name,
            m.author_hash AS author, m.followers, m.verified, m.region, m.reads, m.likes, m.comments, m.reposts, m.saves,
            m.published_at, m.collected_at, m.happened_at, m.stored_at,
            (SELECT group_concat(i.incident, ' ') FROM incident_mentions i WHERE i.mention = m.key) AS incidents,
            a.rules_version, a.record AS assessment
        FROM mentions m LEFT JOIN assessments a ON a.mention = m.id""",
    "reasons_view": """
        SELECT m.key AS mention, a.brand, a.level, json_extract(r.value, '$.rule') AS rule,
            json_extract(r.value, '$.what') AS what, json_extract(r.value, '$.evidence') AS evidence,
            json_extract(r.value, '$.weight') AS weight, m.happened_at
        FROM assessments a JOIN mentions m ON m.id = a.mention, json_each(a.record, '$.reasons') r""",
    "edits_view": """
        SELECT m.key AS mention, t.title AS earlier_title, t.text AS earlier_text, t.sha256, t.seen_at, t.replaced_at,
            m.text AS present_text
        FROM mention_texts t JOIN mentions m ON m.id = t.mention""",
    "engagement_view": """
        SELECT m.key AS mention, m.platform, e.at, e.reads, e.likes, e.comments, e.reposts, e.saves
        FROM engagement e JOIN mentions m ON m.id = e.mention""",
    "incidents_view": """
        SELECT id AS incident, brand, product, category, problem, status,
            CASE level WHEN 3 THEN 'red' WHEN 2 THEN 'orange' WHEN 1 THEN 'yellow' ELSE 'none' END AS level,
            risk, raw AS mentions, voices, rules, opened_at, updated_at, closed_at, first_post_at, last_post_at,
            alert_sent_at, first_press_at,
            round((julianday(first_press_at) - julianday(alert_sent_at)) * 1440, 2) AS minutes_to_first_press,
            playbook, playbook_version, historic, drill
        FROM incidents""",
    "events_view": "SELECT seq, incident, kind, at, actor, data FROM events",
    "handling_view": """
        SELECT s.incident, i.brand, s.position, s.step, s.status, s.holder, s.started_at,
            s.taken_by, s.taken_at, round((julianday(s.taken_at) - julianday(s.started_at)) * 1440, 2) AS minutes_to_take,
            s.done_by, s.done_at, round((julianday(s.done_at) - julianday(s.started_at)) * 1440, 2) AS minutes_to_done,
            s.confirmed_by, s.confirmed_at, s.take_overdue, s.done_overdue, s.rounds
        FROM incident_steps s JOIN incidents i ON i.id = s.incident""",
    "counts_view": f"""
        SELECT s.brand, s.dimension, s.value, {_MINUTE.format("c.minute")} AS minute, c.raw, c.voices
        FROM counts c JOIN series s ON s.id = c.series""",
    "hours_view": f"""
        SELECT s.brand, s.dimension, s.value, {_MINUTE.format("h.hour * 60")} AS hour, h.raw, h.voices
        FROM hours h JOIN series s ON s.id = h.series""",
    "ledger_view": """
        SELECT id, incident, chat, channel, kind, priority, state, attempts, created_at, next_at, sent_at, silent, error
        FROM outbox""",
    "sources_view": """
        SELECT source, brand, outcome, detail, last_try_at, last_good_at, blind_since, streak, next_try_at, told_at,
            mentions_total FROM sources""",
    "deadlines_view": "SELECT incident, step, kind, holder, due_at, done_at FROM deadlines",
}
