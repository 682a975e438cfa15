"""Calls of the user's own HTTP endpoints: one POST a call, and a bounded answer."""

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.core.errors import ToolError
from app.core.http_url import http_url_problem

if TYPE_CHECKING:
    import httpx

ANSWER_LIMIT_BYTES: Final = 1_048_576
"""An answer above this is refused while it comes."""

LONGEST_S: Final = 600.0
"""For one step of a call, where its own time-out is longer."""


def check_tool_url(url: str) -> None:
    """Refuse what is no http or https address of a host.

    Raises:
        ToolError: In a sentence.
    """
    problem = http_url_problem(url)
    if problem is not None:
        raise ToolError(problem)


class HttpToolCaller:
    """Posts JSON, straight: no proxy of the environment, no redirect, no stored cookie.

    Args:
        user_agent: What the endpoint is told of us.
    """

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._client: Callable[[], httpx.AsyncClient] | None = None

    async def prepare(self) -> None:
        """Load the HTTP library and the machine's certificates, beside the loop."""
        if self._client is None:
            self._client = await asyncio.to_thread(_client_maker, self._user_agent)

    async def call(self, url: str, arguments: str, timeout_s: float) -> str:
        """Post ``arguments`` to ``url`` and return the answer's text.

        Raises:
            ToolError: If it could not be reached within ``timeout_s``, refused, redirected, or
                answered more than ANSWER_LIMIT_BYTES or no UTF-8.
        """
        check_tool_url(url)
        await self.prepare()
        from httpx import HTTPError, InvalidURL  # noqa: PLC0415 - heavy, loaded by then

        try:
            async with asyncio.timeout(timeout_s):
                return await self._post(url, arguments.encode(errors="replace"))
        except TimeoutError:
            raise ToolError(f"The tool's address did not answer within {timeout_s:g} s.") from None
        except InvalidURL:
            raise ToolError("The tool's address cannot be read.") from None
        except HTTPError as exc:
            raise ToolError(f"The tool's address could not be used: {_reason(exc)}.") from exc

    async def _post(self, url: str, body: bytes) -> str:
        assert self._client is not None
        async with self._client() as client, client.stream("POST", url, content=body) as response:
            if response.is_redirect:
                raise ToolError("The tool's address redirects elsewhere, which is not followed.")
            if not response.is_success:
                raise ToolError(f"The tool's address answered with HTTP {response.status_code}.")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ToolError("The tool's answer is compressed, which was not asked for.")
            raw = await _bounded(response)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise ToolError("The tool's answer is not UTF-8.") from None


async def _bounded(response: "httpx.Response") -> bytes:
    pieces = bytearray()
    async for piece in response.aiter_raw():
        pieces += piece
        if len(pieces) > ANSWER_LIMIT_BYTES:
            limit_kb = ANSWER_LIMIT_BYTES // 1024
            raise ToolError(f"The tool answered more than {limit_kb} kB.")
    return bytes(pieces)


def _client_maker(user_agent: str) -> "Callable[[], httpx.AsyncClient]":
    """Return what makes clients that share the certificates.

    What the libraries would load with the first request is loaded here.
    """
    import anyio  # noqa: PLC0415 - heavy
    import httpcore  # noqa: PLC0415 - heavy
    import httpx  # noqa: PLC0415 - heavy

    httpcore.AnyIOBackend()
    anyio.run(anyio.sleep, 0)
    context = ssl.create_default_context()
    headers = {
        "user-agent": user_agent,
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "identity",
    }

    def make() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=context,
            trust_env=False,
            follow_redirects=False,
            timeout=LONGEST_S,
            headers=headers,
        )

    return make


def _reason(exc: Exception) -> str:
    """Return what went wrong, in short; the library's words name no secret."""
    words = " ".join(str(exc).split())
    return words[:200].rstrip(".") or type(exc).__name__
