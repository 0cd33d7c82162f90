"""The HTTP door for complaints that arrive elsewhere (W2): authenticated, idempotent by id, answered when stored.

POST /import/v1/complaints      one object, {"complaints": [...]}, or JSON lines; Authorization: Bearer <token>
GET  /import/v1/schema          the JSON schema of one complaint
POST /import/v1/customers       customers and their tickets (W7): one object, {"customers": [...], "tickets": [...]}, or lines
GET  /import/v1/customers/schema   their JSON schema
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengsheng.customers import Registered, import_customer_records
from fengsheng.customers_door import customer_schema, registered_record, spread_records
from fengsheng.import_complaints import LONGEST, MOST_ATTACHMENTS
from fengsheng.importing import Imported, import_records
from fengsheng.serving import QuietServer, listen
from fengsheng.wiring import Clock, House
from records.errors import BadInput, FengshengError, Problem
from records.mention import Kind, Media, Platform, TimePrecision, Verified
from storage.sqlite import Store

log = logging.getLogger("fengsheng.intake")

TOKEN = "FENGSHENG_IMPORT_TOKEN"
LEAST_TOKEN = 16
"""Characters that the token has to have."""
LARGEST = 32 * 1024 * 1024
"""Bytes of one request."""
MOST = 1000
"""Complaints of one request."""


def schema() -> dict[str, Any]:
    """JSON schema (2020-12) of one complaint."""

    def text(about: str, most: int | None = None) -> dict[str, Any]:
        return {"type": ["string", "null"], "description": about} | ({"maxLength": most} if most else {})

    count = {"type": ["integer", "null"], "minimum": 0}
    time = {"type": ["string", "null"], "format": "date-time"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Complaint",
        "description": "A complaint or post from elsewhere. The same id again updates what is stored. Unknown is null or absent.",
        "type": "object",
        "required": ["id"],
        "anyOf": [{"required": [name]} for name in ("text", "title", "transcript", "demand")],
        "properties": {
            "id": {"type": ["string", "integer"], "description": "Your own id: the same id is never stored twice."},
            "brand": text("Brand it is about; default the config's where it has only one."),
            "text": text("The customer's own words."),
            "title": text("Subject."),
            "transcript": text("Full text or transcript, where text is only part of it.", LONGEST["transcript"]),
            "customer": text("Name or account; absent = anonymous. Stored sealed.", LONGEST["customer"]),
            "contact": text("Phone, e-mail or other contact. Stored sealed.", LONGEST["contact"]),
            "channel": text("hotline, email, survey, ticket, usage_report, or your own word.", LONGEST["channel"]),
            "received_at": time | {"description": "When you received it, with offset; default now."},
            "published_at": time | {"description": "When it was said; default received_at."},
            "demand": text("Core demand.", LONGEST["demand"]),
            "order_number": text("Stored sealed.", LONGEST["order_number"]),
            "attachments": {
                "type": "array",
                "maxItems": MOST_ATTACHMENTS,
                "items": {
                    "anyOf": [
                        {"type": "string", "description": "Name alone."},
                        {
                            "type": "object",
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {
                                "name": {"type": "string"},
                                "media_type": {"type": "string"},
                                "content_base64": {"type": "string", "description": "At most 10 MB decoded."},
                            },
                        },
                    ]
                },
            },
            "platform": {"enum": [str(p) for p in Platform], "default": "import"},
            "kind": {
                "enum": [str(k) for k in Kind],
                "description": "Default complaint; of a platform's own, post.",
            },
            "url": text("Where it stands, if it stands anywhere."),
            "region": text("Province."),
            "time_precision": {"enum": [str(p) for p in TimePrecision]},
            "author": {
                "type": "object",
                "properties": {
                    "id": text("Account id."),
                    "name": text("Display name."),
                    "followers": count,
                    "verified": {"enum": [str(v) for v in Verified]},
                },
            },
            "metrics": {
                "type": "object",
                "properties": dict.fromkeys("reads likes comments reposts saves".split(), count),
            },
            "media": {"type": "array", "items": {"enum": [str(m) for m in Media]}},
        },
    }


def load_token(environment: Mapping[str, str]) -> str:
    """The door's token. Raises BadInput where it is missing or too short."""
    token = environment.get(TOKEN, "").strip()
    if len(token) < LEAST_TOKEN:
        what = f"imports.port opens the HTTP door: a secret of at least {LEAST_TOKEN} characters is needed in this variable"
        raise BadInput([Problem(file=TOKEN, what=what)])
    return token


class Intake:
    """Takes complaints, one request after another, in a thread with a store of its own."""

    def __init__(self, house: House, token: str, *, clock: Clock) -> None:
        self._house = house
        self._token = token
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._store: Store | None = None

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/import/v1/complaints", self._take, methods=["POST"]),
                Route("/import/v1/schema", self._schema, methods=["GET"]),
                Route("/import/v1/customers", self._take_customers, methods=["POST"]),
                Route("/import/v1/customers/schema", self._customer_schema, methods=["GET"]),
            ]
        )

    async def close(self) -> None:
        """End after the request at hand."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close_store)
        self._thread.shutdown()

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()

    def _refused(self, request: Request) -> Response | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token.encode()):
            return None
        return _error(401, "a bearer token is needed: Authorization: Bearer <token>", {"WWW-Authenticate": "Bearer"})

    async def _schema(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse(schema())

    async def _customer_schema(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse(customer_schema())

    async def _take(self, request: Request) -> Response:
        brand = request.query_params.get("brand") or None
        return await self._answer(request, parse_body, lambda records: _answer(self._import(records, brand)))

    async def _take_customers(self, request: Request) -> Response:
        def parse(body: bytes) -> list[Any]:
            return spread_records(parse_body(body, "customers"))

        return await self._answer(request, parse, lambda records: _customers_answer(self._register(records)))

    async def _answer(
        self, request: Request, parse: Callable[[bytes], list[Any]], work: Callable[[list[Any]], Response]
    ) -> Response:
        """Read the body, work in the door's thread, and say what went wrong."""
        if (refused := self._refused(request)) is not None:
            return refused
        try:
            records = parse(await _body(request))
        except BadInput as error:
            status = 413 if error.problems[0].file == "size" else 400
            return _error(status, error.problems[0].what)
        except ClientDisconnect:
            return _error(400, "the request broke off")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, records)
        except FengshengError as error:
            return _error(503, f"nothing was stored, send it again: {error}", {"Retry-After": "5"})
        except Exception:
            log.exception("an import over HTTP failed")
            return _error(500, "nothing more was stored, see the log; sending it again stores nothing twice")

    def _import(self, records: list[Any], brand: str | None) -> Imported:
        return import_records(self._house, self._opened(), records, brand=brand, now=self._clock())

    def _register(self, records: list[Any]) -> Registered:
        return import_customer_records(self._house, self._opened(), records, now=self._clock())

    def _opened(self) -> Store:
        if self._store is None:
            self._store = self._house.open_store()
        return self._store


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise BadInput([Problem(file="size", what=f"the request is larger than {LARGEST} bytes: send it in parts")])
    return bytes(body)


def parse_body(body: bytes, what: str = "complaints") -> list[Any]:
    """The complaints of a request: one object, {"complaints": […]}, a list, or JSON lines.

    Args:
        what: their name where they are something else.

    Raises:
        BadInput: one sentence.
    """
    accepted = f'one JSON object, {{"{what}": [...]}}, or JSON lines are accepted, in UTF-8'
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput([Problem(file="body", what=f"the body is not UTF-8: {accepted}")]) from None
    try:
        given = json.loads(text)
    except RecursionError:
        raise BadInput([Problem(file="body", what=f"the body is nested beyond reason: {accepted}")]) from None
    except ValueError:
        try:
            given = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise BadInput([Problem(file="body", what=f"the body is no JSON: {accepted}")]) from None
    if isinstance(given, dict) and isinstance(given.get("complaints"), list):
        given = given["complaints"]
    records = given if isinstance(given, list) else [given]
    if not records:
        raise BadInput([Problem(file="body", what=f"the body holds no {what}: {accepted}")])
    if len(records) > MOST:
        raise BadInput([Problem(file="size", what=f"{len(records)} {what}: at most {MOST} in one request")])
    return records


def _answer(total: Imported) -> Response:
    got = total.ingested
    stored = got.new + got.updated + got.known
    return JSONResponse(
        {
            "received": total.rows,
            "new": got.new,
            "updated": got.updated,
            "known": got.known,
            "incidents": got.incidents,
            "bad": [{"place": p.line, "what": p.what} for p in total.bad],
        },
        200 if stored or not total.bad else 422,
    )


def _customers_answer(total: Registered) -> Response:
    return JSONResponse(registered_record(total), 422 if total.bad and not total.stored else 200)


def _error(status: int, what: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": what}, status, headers=dict(headers or {}))


class IntakeServer:
    """The door on its own port; ``address`` is known once started."""

    def __init__(self, house: House, environment: Mapping[str, str], *, clock: Clock) -> None:
        """Raises BadInput where the token is missing or too short."""
        self._intake = Intake(house, load_token(environment), clock=clock)
        self._host, self._port = house.config.imports.host, house.config.imports.port or 0
        self._server = QuietServer(
            uvicorn.Config(
                self._intake.app(), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=3
            )
        )
        self._task: asyncio.Task[None] | None = None
        self.address = ""

    async def start(self) -> None:
        """Listen. Raises Failed where the address is taken or not ours."""
        what, remedy = "the HTTP door for imports", "imports.port names another port"
        bound, address = listen(self._host, self._port, what=what, remedy=remedy)
        self.address = f"{address}/import/v1/complaints"
        self._task = asyncio.create_task(self._server.serve(sockets=[bound]))

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        await self._intake.close()
