"""Passwords of the web chat: a YAML file of person's name → scrypt hash, never a password."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from records.errors import Problem
from records.located import line_of, parse_yaml

_N, _R, _P = 2**14, 8, 1
"""Cost of scrypt: 16 MB and some 50 ms, as RFC 7914 recommends for interactive logins."""
_MEMORY = 64 * 1024 * 1024
SHORTEST = 8


def make_password_hash(password: str, salt: bytes) -> str:
    """ "scrypt$N$r$p$salt$hash", salt and hash in base64.

    Args:
        salt: 16 random bytes.

    Raises:
        ValueError: the password has fewer than 8 characters.
    """
    if len(password) < SHORTEST:
        raise ValueError(f"the password has {len(password)} characters: at least {SHORTEST} are needed")
    made = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY)
    return f"scrypt${_N}${_R}${_P}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def check_password(password: str, stored: str) -> bool:
    """True where the password fits the hash; False for any hash that is not readable."""
    parsed = _parse_hash(stored)
    if parsed is None:
        return False
    n, r, p, salt, wanted = parsed
    try:
        made = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=len(wanted))
    except ValueError:
        return False
    return hmac.compare_digest(made, wanted)


def parse_passwords(text: str, file: str) -> tuple[Mapping[str, str], list[Problem]]:
    """The passwords file: every problem with its line; the readable entries all the same."""
    document, problems = parse_yaml(text, file)
    if document is None:
        return {}, problems
    if not isinstance(document, Mapping):
        return {}, [Problem(file=file, what="a mapping of person's name to password hash is accepted")]
    passwords: dict[str, str] = {}
    for name, stored in document.items():
        if isinstance(stored, str) and _parse_hash(stored) is not None:
            passwords[str(name)] = stored
        else:
            what = f'the entry of "{name}" is no password hash: one made by the product (scrypt$…) is accepted'
            problems.append(Problem(file=file, line=line_of(document, name), what=what))
    return passwords, problems


def _parse_hash(stored: str) -> tuple[int, int, int, bytes, bytes] | None:
    parts = stored.split("$")
    if len(parts) != 6 or parts[0] != "scrypt":
        return None
    try:
        n, r, p = (int(part) for part in parts[1:4])
        salt, made = base64.b64decode(parts[4], validate=True), base64.b64decode(parts[5], validate=True)
    except (ValueError, binascii.Error):
        return None
    return (n, r, p, salt, made) if len(made) >= 16 and n <= 2**15 and r <= 8 and p <= 4 else None
