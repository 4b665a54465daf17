"""This is where a platform's command is carried out once, and its answer kept for a repeat."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from edge.errors import ConfigError, EdgeError, WireError
from edge.store.engine import Connection
from edge.store.inbox import answer, keep_answer
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import Request, Response, ResponseError
from edge.sync.ports import CommandHandler
from edge.sync.reading import Reading
from edge.sync.topics import RESPONSE, NodeAddress

log = logging.getLogger(__name__)

INBOX_KIND: Final = "request"
"""Under which the inbox knows requests."""

_decoder = msgspec.json.Decoder(Request)
_encoder = msgspec.json.Encoder()


class Commands:
    """Carries out requests, one after the other; belongs to the event loop."""

    def __init__(
        self,
        handlers: Mapping[str, CommandHandler],
        *,
        reading: Reading,
        address: NodeAddress,
        deliver: Callable[[Outgoing], Awaitable[object]],
    ) -> None:
        self.refused = 0
        self._handlers = handlers
        self._reading = reading
        self._address = address
        self._deliver = deliver

    async def take(self, name: str, message: Incoming) -> None:
        """Carry out a request, or find its earlier answer; publish the answer.

        Raises: StoreError where the answer could not be kept.
        """
        raw = await self._answer(name, message)
        await self._deliver(
            Outgoing(
                topic=message.response_topic or self._address.topic(RESPONSE, name),
                payload=raw,
                correlation=message.correlation,
            )
        )

    async def _answer(self, name: str, message: Incoming) -> bytes:
        try:
            request = _decoder.decode(message.payload or b"{}")
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            return self._refuse("", "malformed", str(fault), "send a JSON object as documented")
        transaction = request.transaction
        if not transaction and not message.correlation:
            return self._refuse(
                "", "no-transaction", "the request has no name", "add a transaction"
            )
        handler = self._handlers.get(name)
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            return self._refuse(
                transaction, "unknown-command", f"no command {name!r}", f"send one of: {known}"
            )
        key = f"{name}/{transaction or message.correlation.hex()}"
        return await self._once(key, request, handler)

    async def _once(self, key: str, request: Request, handler: CommandHandler) -> bytes:
        """Claim the request before its effect, so that a crash never leads to a second one."""
        store = self._reading.store
        is_new = await asyncio.wrap_future(store.inbox.apply(INBOX_KIND, key, _nothing))
        if not is_new:
            kept = await self._reading.ask(lambda reader: answer(reader, INBOX_KIND, key))
            return kept or self._refuse(
                request.transaction,
                "interrupted",
                "the service stopped while it carried the command out",
                "look at the state, then send it under a new transaction",
            )
        raw = await self._carry_out(request, handler)

        def keep(conn: Connection) -> None:
            keep_answer(conn, INBOX_KIND, key, raw)

        await asyncio.wrap_future(store.writer.submit(keep))
        return raw

    async def _carry_out(self, request: Request, handler: CommandHandler) -> bytes:
        try:
            data = await handler(request.data)
        except EdgeError as error:
            is_refusal = isinstance(error, ConfigError | WireError)
            self.refused += 1
            response = Response(
                status="refused" if is_refusal else "failed",
                transaction=request.transaction,
                error=ResponseError(
                    code=type(error).__name__, message=str(error), remedy=error.remedy
                ),
            )
            return _encoder.encode(response)
        return _encoder.encode(Response(status="ok", transaction=request.transaction, data=data))

    def _refuse(self, transaction: str, code: str, why: str, remedy: str) -> bytes:
        self.refused += 1
        log.debug("refused a request: %s", code)
        error = ResponseError(code=code, message=why, remedy=remedy)
        return _encoder.encode(Response(status="refused", transaction=transaction, error=error))


def _nothing(_conn: Connection) -> None:
    """Claim a key without an effect in the store."""
