"""Who asks: bearer tokens, and the principal a tool call belongs to.

How it is used: `load_tokens(settings)` reads CHALKLENS_TOKEN or the token file (one token a line, one
line per user; `#` starts a comment); the HTTP guard puts the principal of each request into the
scope as the SDK's `AuthenticatedUser`, which also ties sessions to it; tools ask `principal_of(ctx)`.
A principal is a digest of the token, never the token.

What it leaves out: OAuth. A deployment that needs it puts a proxy in front.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.mcpserver import Context

from chalklens.errors import InputError
from server.settings import Settings

LOCAL_PRINCIPAL = "local"
MAX_TOKEN_FILE_BYTES = 64 * 2**10

# 128 bit: 22 characters of base64, or 32 of hexadecimal (RFC 6750, 2.1 gives the alphabet).
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{22,512}=*")
_HEX = re.compile(r"[0-9a-fA-F]{1,31}")

HOW_TO_MAKE_ONE = (
    'Make one with `python -c "import secrets; print(secrets.token_urlsafe(32))"` and pass it by '
    "CHALKLENS_TOKEN or --token-file."
)


def load_tokens(settings: Settings) -> tuple[str, ...]:
    """Return the tokens that open the door; none means no token is asked for.

    Raises:
        InputError: A token is too short to be safe, or the file cannot be read.
    """
    tokens: list[str] = []
    if settings.token is not None:
        tokens.append(settings.token.get_secret_value().strip())
    if settings.token_file is not None:
        tokens.extend(_read_token_file(settings.token_file))
    for token in tokens:
        _check_token(token)
    return tuple(tokens)


def user_for(token: str) -> AuthenticatedUser:
    """Return the user a token stands for; the token itself is not kept in it."""
    name = "token-" + hashlib.sha256(token.encode()).hexdigest()[:16]
    return AuthenticatedUser(AccessToken(token=name, client_id=name, scopes=[]))


def principal_of(ctx: Context[Any, Any]) -> str:
    """Return who asks: a name made from the bearer token, or `local` where none is asked for."""
    return principal_of_request(ctx.request_context.request)


def principal_of_request(request: object) -> str:
    """Return who sent a request of a transport; None stands for stdio."""
    scope: dict[str, Any] = getattr(request, "scope", {})
    user = scope.get("user")
    return user.username if isinstance(user, AuthenticatedUser) else LOCAL_PRINCIPAL


def _read_token_file(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8") as file:
            lines = file.read(MAX_TOKEN_FILE_BYTES).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"The token file cannot be read: {reason}.", HOW_TO_MAKE_ONE) from None
    tokens = [text for line in lines if (text := line.partition("#")[0].strip())]
    if not tokens:
        raise InputError("The token file holds no token.", HOW_TO_MAKE_ONE)
    return tokens


def _check_token(token: str) -> None:
    if not _TOKEN.fullmatch(token) or _HEX.fullmatch(token):
        raise InputError(
            "A bearer token needs at least 128 bit: 22 characters of A-Z a-z 0-9 . _ ~ + / -, or 32 "
            "hexadecimal digits.",
            HOW_TO_MAKE_ONE,
        )
