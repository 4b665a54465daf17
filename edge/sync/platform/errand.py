"""This is where one message is sent in the platform's name, and its answer waited for."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from edge.errors import EdgeError, SourceFault, WireError
from edge.sync import topics
from edge.sync.address import Broker
from edge.sync.backoff import BackOff, Chance
from edge.sync.link import Link
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import Request, Response
from edge.sync.settings import LinkSettings
from edge.sync.topics import NodeAddress

_BACK_OFF: Final = BackOff(base_s=0.5, cap_s=2.0, drop_s=1.0)
_response = msgspec.json.Decoder(Response)


class _Errand:
    """A link that publishes one message and, where a topic is given, waits for what comes there."""

    def __init__(
        self,
        broker: Broker,
        message: Outgoing,
        *,
        answers: str | None,
        wanted: Callable[[Incoming], bool],
        chance: Chance,
    ) -> None:
        self.done = asyncio.Event()
        self.answer: Incoming | None = None
        self.failure = ""
        self._message = message
        self._wants_answer = answers is not None
        self._wanted = wanted
        self.link = Link(
            LinkSettings(
                broker=broker,
                client_id=f"platform-{secrets.token_hex(4)}",
                subscriptions=() if answers is None else (answers,),
                back_off=_BACK_OFF,
            ),
            listener=self,
            chance=chance,
        )

    def link_up(self, window: int) -> None:
        """Publish as soon as the broker would pass an answer on."""
        del window  # one message always fits
        self.link.publish(self._message)

    def link_down(self) -> None:
        """Nothing to do: the link connects again, and the message goes out again."""

    def published(self, mid: int, failure: str) -> None:
        """Hear that the broker has the message, or does not want it."""
        del mid  # there is only one
        self.failure = failure
        if failure or not self._wants_answer:
            self.done.set()

    def arrived(self, message: Incoming) -> None:
        """Keep the answer to our message; others' are none of our business."""
        self.link.settle(message)
        if self._wanted(message):
            self.answer = message
            self.done.set()


async def send(broker: Broker, message: Outgoing, *, within_s: float, chance: Chance) -> None:
    """Publish one message and return when the broker has it.

    Raises: SourceFault where that took too long or the broker refused it.
    """
    errand = _Errand(broker, message, answers=None, wanted=lambda _: False, chance=chance)
    await _run(errand, within_s=within_s)


async def command(
    broker: Broker,
    address: NodeAddress,
    name: str,
    *,
    data: Mapping[str, Any],
    transaction: str,
    within_s: float,
    chance: Chance,
) -> Response:
    """Send a command to an appliance and give its answer.

    Raises: SourceFault where no answer came in time, WireError where it cannot be read.
    """
    answers = address.topic(topics.RESPONSE, topics.topic_level(name, "command"))
    request = Outgoing(
        topic=address.topic(topics.REQUEST, name),
        payload=msgspec.json.encode(Request(transaction=transaction, data=dict(data))),
        response_topic=answers,
        correlation=transaction.encode(),
    )
    errand = _Errand(
        broker,
        request,
        answers=answers,
        wanted=lambda message: message.correlation == request.correlation,
        chance=chance,
    )
    await _run(errand, within_s=within_s)
    if errand.answer is None:
        raise _unanswered("no answer came", within_s)
    try:
        return _response.decode(errand.answer.payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WireError(
            "cannot read the answer", where=answers, why=str(error), remedy="mend who answered"
        ) from error


async def _run(errand: _Errand, *, within_s: float) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(errand.link.run(), name="errand")
        is_done = await _wait(errand.done, within_s=within_s)
        errand.link.close()
    if errand.failure:
        raise _unanswered(f"the broker refused the message: {errand.failure}", within_s)
    if not is_done:
        raise _unanswered("nothing came back", within_s)


async def _wait(event: asyncio.Event, *, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _unanswered(why: str, within_s: float) -> EdgeError:
    return SourceFault(
        "could not do the errand",
        where="broker",
        why=f"{why} within {within_s:.0f} s",
        remedy="see that broker and appliance run, and that the names are right",
    )
