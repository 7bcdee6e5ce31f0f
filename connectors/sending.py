"""One signed or keyed request to another system: to a checked address, within a time limit, and nowhere else."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx2

from connectors.addresses import check_url, resolve
from connectors.errors import PermanentError, RetryableError
from connectors.protocols import Delivered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.protocols import Receiver

CONNECT_WITHIN_S = 3.0
_PORTS = {"https": 443, "http": 80}
_GONE = 410
# With these a receiver speaks of itself, not of the one event.
_BUSY = frozenset({429, 503})


class Sender:
    """Posts to one receiver.

    The name is resolved and checked for each request, and the connection goes to the address that was checked: a name
    that changes its mind in between leads nowhere else. TLS is verified against the name. Redirects are not followed,
    proxies from the environment are not used, and answers are not read beyond their headers.

    Args:
        receiver: Where to.
        tls: Whom to trust; left out, whom the system trusts (SSL_CERT_FILE and SSL_CERT_DIR are heeded).

    Raises:
        ReceiverError: The address is one to which nothing may be sent.
    """

    def __init__(self, receiver: Receiver, *, tls: ssl.SSLContext | None = None) -> None:
        check_url(receiver.name, receiver.url, allow_private=receiver.allow_private)
        self._receiver = receiver
        self._url = httpx2.URL(receiver.url)
        self._client = httpx2.AsyncClient(
            verify=tls or httpx2.create_ssl_context(),
            follow_redirects=False,
            trust_env=False,
            # The whole has one time limit, in `post`: a limit for each read would let an answer trickle in for hours.
            timeout=httpx2.Timeout(None, connect=CONNECT_WITHIN_S),
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Delivered:
        """Send a body; only an answer from 200 to 299 counts.

        Raises:
            RetryableError: It did not arrive, or nobody knows.
            PermanentError: The receiver says that it is gone for good.
        """
        try:
            async with asyncio.timeout(self._receiver.timeout_s):
                answer = await self._post(body, headers)
        except TimeoutError:
            raise RetryableError(f"{self._name} did not answer within {self._receiver.timeout_s:g} s") from None
        except (httpx2.HTTPError, OSError) as error:
            raise RetryableError(f"{self._name} could not be reached: {_reason(error)}") from None
        return self._judge(answer)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    @property
    def _name(self) -> str:
        return f"receiver {self._receiver.name}"

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        host = self._url.raw_host.decode("ascii")
        port = self._url.port or _PORTS[self._url.scheme]
        addresses = await resolve(host, port, allow_private=self._receiver.allow_private)
        # One answer a connection: none is left half read, and none is met that the other side has just closed.
        sent = {**headers, "Host": self._url.netloc.decode("ascii"), "User-Agent": "Deskhand", "Connection": "close"}
        for address in addresses[:-1]:
            try:
                return await self._post_to(address, host, body, sent)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._post_to(addresses[-1], host, body, sent)

    async def _post_to(self, address: str, host: str, body: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        request = self._client.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": host},
        )
        answer = await self._client.send(request, stream=True)
        await answer.aclose()
        return answer

    def _judge(self, answer: httpx2.Response) -> Delivered:
        status = answer.status_code
        if answer.is_success:
            return Delivered(status)
        if status == _GONE:
            raise PermanentError(f"{self._name} answered 410: it is gone for good")
        pause_s = retry_after_s(answer.headers.get("retry-after", ""))
        note = ": redirects are not followed" if answer.is_redirect else ""
        raise RetryableError(
            f"{self._name} answered {status}{note}",
            retry_after_s=pause_s,
            wants_rest=pause_s is not None and status in _BUSY,
        )


def retry_after_s(value: str) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date; None where it says nothing, never a negative pause."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    known = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return max((known - datetime.now(UTC)).total_seconds(), 0.0)


def _reason(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
