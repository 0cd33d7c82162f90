"""The tables, as named migrations: each applied once, in order, and remembered by name.

A migration that was released is never edited; a change is a new one at the end. Columns that say *_at hold UTC times as
``2026-11-20T12:00:00.000000+00:00`` (they sort as text); the counters hold minutes and hours since 1970 as integers.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from storage.views import VIEWS

migrations = Migrations("fengsheng")


def _columns(names: str) -> dict[str, type]:
    """Column names → types: text, ``name#`` a whole number, ``name~`` a number with decimals."""
    kinds = {"#": int, "~": float}
    return {name.rstrip("#~"): kinds.get(name[-1], str) for name in names.split()}


@migrations(name="2026-11-21 mentions")
def _mentions(db: Database) -> None:
    db.table("mentions").create(
        _columns(
            "id# key platform kind platform_id url url_sealed author_hash author_id author_name followers# "
            "verified title text published_at time_precision edited_at collected_at happened_at reads# "
            "likes# comments# reposts# saves# approximate region media topics parent_id root_id brand "
            "query stored_at"
        ),
        pk="id",
        not_null={"key", "platform", "kind", "platform_id", "text", "collected_at", "happened_at", "stored_at"},
        strict=True,
    )
    db.table("mentions").create_index(["key"], unique=True)
    db.table("mentions").create_index(["happened_at", "id"])
    db.table("mentions").create_index(["author_hash"])
    db.table("assessments").create(
        _columns(
            "id# mention# brand level category subcategory product problem mood complaint# topicality~ "
            "emotion~ spread~ rules_version record assessed_at"
        ),
        pk="id",
        not_null={"mention", "brand", "level", "category", "record", "assessed_at"},
        foreign_keys=[("mention", "mentions", "id")],
        strict=True,
    )
    db.table("assessments").create_index(["mention", "brand"], unique=True)
    db.table("assessments").create_index(["brand", "level", "category"])
    db.table("engagement").create(
        _columns("mention# at reads# likes# comments# reposts# saves# approximate"),
        pk=("mention", "at"),
        foreign_keys=[("mention", "mentions", "id")],
        strict=True,
    )
    db.table("mention_texts").create(
        _columns("mention# sha256 title text seen_at replaced_at"),
        pk=("mention", "sha256", "title"),
        foreign_keys=[("mention", "mentions", "id")],
        strict=True,
    )
    # Contentless, no positions: the texts stand in mentions, and candidates are checked against them.
    db.execute("CREATE VIRTUAL TABLE mention_index USING fts5(words, content='', detail=none, tokenize='ascii')")


@migrations(name="2026-11-21 counters")
def _counters(db: Database) -> None:
    db.table("series").create(_columns("id# brand dimension value"), pk="id", strict=True)
    db.table("series").create_index(["brand", "dimension", "value"], unique=True)
    db.table("facts").create(
        _columns("id# mention brand minute# voice"), pk="id", not_null={"mention", "brand"}, strict=True
    )
    db.table("facts").create_index(["mention", "brand"], unique=True)
    for statement in _COUNTER_TABLES:
        db.execute(statement)


_COUNTER_TABLES = (
    """CREATE TABLE complaints (series INTEGER NOT NULL REFERENCES series(id), minute INTEGER NOT NULL,
        fact INTEGER NOT NULL REFERENCES facts(id), PRIMARY KEY (series, minute, fact)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE voices (series INTEGER NOT NULL REFERENCES series(id), minute INTEGER NOT NULL, voice TEXT NOT NULL,
        raw INTEGER NOT NULL, PRIMARY KEY (series, minute, voice)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE counts (series INTEGER NOT NULL REFERENCES series(id), minute INTEGER NOT NULL,
        raw INTEGER NOT NULL, voices INTEGER NOT NULL, PRIMARY KEY (series, minute)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE hour_voices (series INTEGER NOT NULL REFERENCES series(id), hour INTEGER NOT NULL,
        voice TEXT NOT NULL, PRIMARY KEY (series, hour, voice)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE hours (series INTEGER NOT NULL REFERENCES series(id), hour INTEGER NOT NULL,
        raw INTEGER NOT NULL, voices INTEGER NOT NULL, PRIMARY KEY (series, hour)) STRICT, WITHOUT ROWID""",
    # The counters follow their backing by triggers, so no writer can forget one of them.
    """CREATE TRIGGER voices_new AFTER INSERT ON voices BEGIN
        INSERT INTO counts VALUES (NEW.series, NEW.minute, NEW.raw, 1)
            ON CONFLICT (series, minute) DO UPDATE SET raw = raw + NEW.raw, voices = voices + 1;
        INSERT INTO hours VALUES (NEW.series, NEW.minute / 60, NEW.raw, 0)
            ON CONFLICT (series, hour) DO UPDATE SET raw = raw + NEW.raw;
        INSERT INTO hour_voices VALUES (NEW.series, NEW.minute / 60, NEW.voice) ON CONFLICT DO NOTHING;
    END""",
    """CREATE TRIGGER voices_more AFTER UPDATE OF raw ON voices BEGIN
        UPDATE counts SET raw = raw + NEW.raw - OLD.raw WHERE series = NEW.series AND minute = NEW.minute;
        UPDATE hours SET raw = raw + NEW.raw - OLD.raw WHERE series = NEW.series AND hour = NEW.minute / 60;
    END""",
    """CREATE TRIGGER hour_voices_new AFTER INSERT ON hour_voices BEGIN
        UPDATE hours SET voices = voices + 1 WHERE series = NEW.series AND hour = NEW.hour;
    END""",
)

EVENT_TRIGGERS = {
    "events_never_change": """CREATE TRIGGER events_never_change BEFORE UPDATE ON events BEGIN
        SELECT RAISE(ABORT, 'the log of events is append-only: a row is never changed'); END""",
    "events_never_vanish": """CREATE TRIGGER events_never_vanish BEFORE DELETE ON events BEGIN
        SELECT RAISE(ABORT, 'the log of events is append-only: a row is never deleted'); END""",
    "events_only_at_end": """CREATE TRIGGER events_only_at_end BEFORE INSERT ON events
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events) BEGIN
        SELECT RAISE(ABORT, 'the log of events is append-only: a row is added at the end'); END""",
}
"""Name → statement, as SQLite keeps it; ``verify_chain`` compares them. INSERT OR REPLACE is stopped by the third."""


@migrations(name="2026-11-21 events and incidents")
def _events(db: Database) -> None:
    db.table("events").create(
        _columns("seq# incident kind at actor data previous hash"),
        pk="seq",
        not_null={"kind", "at", "data", "previous", "hash"},
        strict=True,
    )
    db.table("events").create_index(["incident", "seq"])
    for statement in EVENT_TRIGGERS.values():
        db.execute(statement)
    db.table("chain_head").create(_columns("id# seq# hash seal"), pk="id", strict=True)
    db.table("incidents").create(
        _columns(
            "id brand product category problem level# risk status opened_at updated_at closed_at historic# "
            "drill# playbook playbook_version raw# voices# first_post_at last_post_at alert_sent_at "
            "first_press_at rules"
        ),
        pk="id",
        not_null={"brand", "level", "risk", "status", "opened_at", "updated_at"},
        strict=True,
    )
    db.table("incidents").create_index(["status", "brand", "opened_at"])
    db.table("incident_steps").create(
        _columns(
            "incident step position# status started_at holder taken_by taken_at done_by done_at "
            "confirmed_by confirmed_at take_overdue# done_overdue# rounds#"
        ),
        pk=("incident", "step"),
        foreign_keys=[("incident", "incidents", "id")],
        strict=True,
    )
    db.table("incident_mentions").create(_columns("incident mention"), pk=("incident", "mention"), strict=True)
    db.table("incident_mentions").create_index(["mention"])
    db.table("playbooks").create(_columns("name version text"), pk=("name", "version"), strict=True)
    db.table("alerts").create(
        _columns("id# rule brand dimension value incident at level#"),
        pk="id",
        strict=True,
    )
    db.table("alerts").create_index(["rule", "brand", "dimension", "value", "at"])


@migrations(name="2026-11-21 chat")
def _chat(db: Database) -> None:
    db.table("outbox").create(
        _columns(
            "id# chat channel target kind priority# created_at message incident collapse silent# "
            "reply_to_incident# not_before state attempts# next_at sent_at external_id error turn# repeat# "
            "updated_at"
        ),
        pk="id",
        not_null={"channel", "target", "state", "priority", "next_at"},
        strict=True,
    )
    db.execute("CREATE INDEX outbox_waiting ON outbox (priority, turn, id) WHERE state = 'queued'")
    db.execute("CREATE INDEX outbox_sending ON outbox (id) WHERE state = 'sending'")
    db.table("outbox").create_index(["incident"])
    db.table("cards").create(
        _columns("incident channel target external_id"), pk=("incident", "channel", "target"), strict=True
    )
    db.table("moved_targets").create(_columns("channel old new"), pk=("channel", "old"), strict=True)
    db.table("inbox").create(
        _columns("id# channel external_id raw received_at handled_at result"),
        pk="id",
        strict=True,
    )
    db.table("inbox").create_index(["channel", "external_id"], unique=True)
    db.execute("CREATE INDEX inbox_unhandled ON inbox (id) WHERE handled_at IS NULL")
    db.table("buttons").create(_columns("token incident action step roles"), pk="token", strict=True)
    db.table("buttons").create_index(["incident", "action", "step"])


@migrations(name="2026-11-21 clock, sources and people")
def _clock(db: Database) -> None:
    db.table("deadlines").create(
        _columns("incident step kind holder due_at done_at"),
        pk=("incident", "step", "kind", "holder"),
        strict=True,
    )
    db.execute("CREATE INDEX deadlines_due ON deadlines (due_at) WHERE done_at IS NULL")
    db.table("sources").create(
        _columns(
            "source brand outcome detail last_try_at last_good_at blind_since streak# next_try_at told_at "
            "mentions_total#"
        ),
        pk=("source", "brand"),
        strict=True,
    )
    db.table("polls").create(
        _columns(
            "id# source brand query request due_at state claimed_at claims# finished_at outcome detail "
            "mentions# requests# skipped#"
        ),
        pk="id",
        strict=True,
    )
    db.execute("CREATE UNIQUE INDEX polls_open ON polls (source, brand, query) WHERE state <> 'done'")
    db.table("polls").create_index(["source", "brand", "query", "finished_at"])
    db.table("people").create(_columns("id name roles accounts active#"), pk="id", strict=True)
    db.table("texts").create(_columns("id# code incident at body erased_at"), pk="id", strict=True)
    db.table("texts").create_index(["code"], unique=True)
    db.table("settings").create(_columns("name value"), pk="name", strict=True)
    db.table("beats").create(_columns("process pid# at"), pk="process", strict=True)


@migrations(name="2026-11-21 analyst views")
def _views(db: Database) -> None:
    for name, statement in VIEWS.items():
        db.create_view(name, statement)


@migrations(name="2026-11-21 copies")
def _copies(db: Database) -> None:
    db.execute(
        "CREATE TABLE copies (brand TEXT NOT NULL, copy TEXT NOT NULL, voice TEXT NOT NULL, PRIMARY KEY (brand, copy)) "
        "STRICT, WITHOUT ROWID"
    )


@migrations(name="2026-11-21 watched posts")
def _watched(db: Database) -> None:
    db.table("watched").create(
        _columns("mention brand task platform kind platform_id url_sealed next_at every~ growth~ published_at"),
        pk=("mention", "brand", "task"),
        not_null={"next_at", "published_at"},
        strict=True,
    )
    db.table("watched").create_index(["next_at"])
    db.table("mentions").add_column("gone_at", str)
    db.table("mentions").create_index(["platform_id"])
    db.execute("CREATE INDEX mentions_gone ON mentions (gone_at) WHERE gone_at IS NOT NULL")


@migrations(name="2026-11-21 eyes")
def _eyes(db: Database) -> None:
    for column in ("last_new_at", "control", "control_at"):
        db.table("sources").add_column(column, str)
    db.table("breakers").create(
        _columns(
            "source task is_open# outcome detail brand last_good_at unseen_since doubts# tries# next_try_at closed_at "
            "told_at"
        ),
        pk=("source", "task"),
        strict=True,
    )
    db.table("outages").create(
        _columns("id# source task brands began ended outcome detail expected~"),
        pk="id",
        not_null={"source", "brands", "began", "outcome"},
        strict=True,
    )
    db.table("outages").create_index(["ended", "began"])
    db.execute(
        "CREATE TABLE source_hours (source TEXT NOT NULL, brand TEXT NOT NULL, hour TEXT NOT NULL, "
        "looks INTEGER NOT NULL, new INTEGER NOT NULL, PRIMARY KEY (source, brand, hour)) STRICT, WITHOUT ROWID"
    )
    db.table("payloads").create(
        {**_columns("id# source at detail sha256 size#"), "body": bytes}, pk="id", not_null={"body"}, strict=True
    )
    db.table("payloads").create_index(["source", "sha256"], unique=True)
    db.table("robots").create(
        _columns("id# source site decision decided_by status# sha256 allowed# text at checked_at"),
        pk="id",
        not_null={"source", "site", "decision", "decided_by", "at", "checked_at"},
        strict=True,
    )
    db.table("robots").create_index(["source", "site"])
    db.table("polls").create_index(["source", "finished_at"])


@migrations(name="2026-11-22 queries and budgets")
def _queries(db: Database) -> None:
    db.table("queries").create(
        _columns(
            "source brand task query planned_at polls# rate_fast~ rate_slow~ cost~ last_at last_seen_at last_deep_at "
            "behind# new# found# every~ cursor"
        ),
        pk=("source", "brand", "task", "query"),
        not_null={"planned_at"},
        strict=True,
    )
    polls = db.table("polls")
    polls.add_column("task", str, not_null_default="search")
    polls.add_column("subject", str, not_null_default="")
    polls.add_column("allowance", int)
    db.execute("UPDATE polls SET subject = query, task = coalesce(json_extract(request, '$.task'), 'search')")
    db.execute("DROP INDEX polls_open")
    db.execute("CREATE UNIQUE INDEX polls_open ON polls (source, brand, task, subject) WHERE state <> 'done'")
    db.execute("CREATE INDEX polls_due ON polls (due_at) WHERE state <> 'done'")
    db.execute("CREATE INDEX polls_spent ON polls (finished_at) WHERE state = 'done'")


@migrations(name="2026-11-21 imported complaints")
def _imported(db: Database) -> None:
    db.table("complaint_details").create(
        _columns(
            "mention channel received_at demand customer_sealed contact_sealed contact_hash order_sealed transcript_sealed"
        ),
        pk="mention",
        strict=True,
    )
    db.table("complaint_details").create_index(["contact_hash"])
    db.execute(
        "CREATE TABLE attachments (mention TEXT NOT NULL, place INTEGER NOT NULL, told_sealed TEXT NOT NULL, "
        "content_sealed BLOB, PRIMARY KEY (mention, place)) STRICT"
    )


@migrations(name="2026-11-22 customers")
def _customers(db: Database) -> None:
    db.table("customers").create(
        _columns("customer kinds told_sealed updated_at removed_at"), pk="customer", strict=True
    )
    # A mark is a keyed hash of an account or a contact; the account's is the author_hash that mentions carry.
    db.table("customer_marks").create(
        _columns("customer mark item found_by platform"),
        pk=("customer", "mark"),
        not_null={"item", "found_by"},
        foreign_keys=[("customer", "customers", "customer")],
        strict=True,
    )
    db.table("customer_marks").create_index(["mark"])
    db.table("customer_tickets").create(
        _columns("ticket customer sort at channel satisfaction told_sealed"),
        pk="ticket",
        not_null={"customer", "sort"},
        foreign_keys=[("customer", "customers", "customer")],
        strict=True,
    )
    db.table("customer_tickets").create_index(["customer", "sort", "at"])
    db.table("customer_mentions").create(
        _columns("customer mention mark"),
        pk=("customer", "mention", "mark"),
        foreign_keys=[("customer", "customers", "customer")],
        strict=True,
    )
    db.table("customer_mentions").create_index(["mention"])


@migrations(name="2026-11-22 second opinions")
def _opinions(db: Database) -> None:
    db.table("second_opinions").create(
        _columns(
            "mention brand wanted text_hash weight~ state queued_at next_at tries# answered_at fault detail sent_hash "
            "model topicality~ emotion~ level category target quotes reason signs"
        ),
        pk=("mention", "brand"),
        not_null={"wanted", "text_hash", "weight", "state", "queued_at", "next_at", "tries"},
        strict=True,
    )
    db.execute("CREATE INDEX opinions_waiting ON second_opinions (weight, next_at) WHERE state = 'waiting'")
    db.execute("CREATE INDEX opinions_queued ON second_opinions (queued_at) WHERE state = 'waiting'")
    db.execute("CREATE INDEX opinions_asking ON second_opinions (mention) WHERE state = 'asking'")
    db.execute("CREATE INDEX opinions_sent ON second_opinions (sent_hash) WHERE sent_hash IS NOT NULL")
    # What left the house: when, where to, about what; hashes and never the words.
    db.table("opinion_calls").create(
        _columns("id# mention brand at host model sent_hash outcome ended_at"),
        pk="id",
        not_null={"mention", "brand", "at", "host", "model", "sent_hash"},
        strict=True,
    )
    db.table("opinion_calls").create_index(["at"])
    db.create_view(
        "second_opinions_view",
        """
        SELECT o.mention, o.brand, o.wanted, o.state, a.level AS offline_level, o.level, a.topicality AS offline_topicality,
            o.topicality, a.emotion AS offline_emotion, o.emotion, a.category AS offline_category, o.category, o.target,
            o.reason, o.quotes, o.signs, o.model, o.queued_at, o.answered_at, o.tries, o.fault, o.detail
        FROM second_opinions o LEFT JOIN mentions m ON m.key = o.mention
        LEFT JOIN assessments a ON a.mention = m.id AND a.brand = o.brand""",
    )


def known_migrations() -> set[str]:
    return {migration.name for migration in migrations._migrations}
