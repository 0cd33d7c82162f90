"""The database's secret key: where it lies, the keyed hashes made with it, and the sealing of addresses that name people.

The key never enters the database; only its fingerprint does, so that a wrong key is told at once (G3).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from records.errors import Failed

KEY_BYTES = 32


def key_path(database: str | Path) -> Path:
    """Where the key of a database lies unless said otherwise: ``<db>.key`` beside it."""
    return Path(f"{database}.key")


def load_or_make_key(path: str | Path) -> bytes:
    """The 32 random bytes of a key file, made with mode 0600 on first use.

    Two processes that make it at once get the same key; a kill in the middle never leaves half a key.

    Raises:
        Failed: the file is no key of ours, cannot be read, or is missing beside an existing database.
    """
    path = Path(path)
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
        if path.stat().st_mode & 0o077:
            with contextlib.suppress(OSError):  # a mounted secret may not be ours to change
                path.chmod(0o600)
    except OSError as error:
        raise Failed(f"the key file {path} cannot be used: {error.strerror or error}") from None
    if len(key) != KEY_BYTES:
        raise Failed(
            f"{path} is not a key file of Fengsheng: it has {len(key)} bytes, exactly {KEY_BYTES} are accepted"
        )
    return key


def _make_key(path: Path) -> None:
    database = path.with_suffix("") if path.suffix == ".key" else None
    if database and database.is_file() and database.stat().st_size:
        raise Failed(f"the key file {path} of the existing database {database} is missing: restore it from your backup")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def keyed_hash(key: bytes, context: str, *parts: str) -> str:
    """HMAC-SHA256 in hex over a context word and parts; the lengths are hashed too, so parts cannot run together."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in (context, *parts):
        raw = part.encode("utf-8", "surrogatepass")
        mac.update(len(raw).to_bytes(8, "big"))
        mac.update(raw)
    return mac.hexdigest()


def fingerprint(key: bytes) -> str:
    """What the database remembers of its key: 16 hex digits that tell nothing about it."""
    return keyed_hash(key, "fingerprint")[:16]


class Seal:
    """Seals short texts so that the database file alone does not show them (AES-256-GCM, key derived from the database's)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(bytes.fromhex(keyed_hash(key, "seal")))

    def close(self, text: str) -> str:
        nonce = secrets.token_bytes(12)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode("ascii")

    def close_bytes(self, content: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher.encrypt(nonce, content, None)

    def open_bytes(self, sealed: bytes) -> bytes | None:
        """The content, or None where the sealed form was altered."""
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, ValueError):
            return None

    def open(self, sealed: str) -> str | None:
        """The text, or None where the sealed form was altered."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:12], raw[12:], None).decode()
        except (InvalidTag, ValueError):
            return None
