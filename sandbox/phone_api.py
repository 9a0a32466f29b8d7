"""A phone over HTTP: what a page shows as a person's phone, and its answers.

JSON under `/sandbox/phones`, with the control token, for the staff page and for whoever plays a patient.
"""

from aiohttp import web

from sandbox.accounts import UnknownNumber
from sandbox.addresses import is_e164
from sandbox.control import inbound_view
from sandbox.control_http import Fields, answer, guard, message_view
from sandbox.inbound import Receiver
from sandbox.phones import Event, Phones, Thread
from sandbox.shapes import JSON


class PhoneApi:
    """The routes under `/sandbox/phones`."""

    def __init__(self, *, token: str, phones: Phones, receiver: Receiver) -> None:
        self._token = token
        self._phones = phones
        self._receiver = receiver

    def routes(self) -> list[web.RouteDef]:
        """What this API answers."""
        token = self._token
        return [
            web.get("/sandbox/phones", guard(self.list_phones, token)),
            web.get("/sandbox/phones/events", guard(self.events, token)),
            web.get("/sandbox/phones/{number}/messages", guard(self.thread, token)),
            web.post("/sandbox/phones/{number}/messages", guard(self.answer, token)),
        ]

    async def list_phones(self, request: web.Request) -> web.StreamResponse:
        """`?limit=50`: the phones that got or sent texts, the one with the newest text first.

        `last_event` is where to begin with `/sandbox/phones/events`.
        """
        fields = Fields(request.query)
        limit = fields.integer("limit", 50, 1, 1000)
        fields.end()
        threads = [_thread_view(thread) for thread in self._phones.threads(limit)]
        return answer({"data": threads, "last_event": self._phones.last_event})

    async def thread(self, request: web.Request) -> web.StreamResponse:
        """`?limit=200`: a phone's last texts in both directions, oldest first, each with its status.

        A number that never got or sent one has an empty thread.
        """
        number = _number(request)
        fields = Fields(request.query)
        limit = fields.integer("limit", 200, 1, 1000)
        fields.end()
        messages = [message_view(message) for message in self._phones.thread(number, limit)]
        return answer({"phone_number": number, "data": messages, "last_event": self._phones.last_event})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """`{"to", "body"?, "media"?}`: the phone's owner texts one of the carrier's numbers.

        Answers 201 when the application has taken the text, or failed to: see `webhook_status`.
        """
        number = _number(request)
        fields = await Fields.of_body(request)
        to, body, media = fields.text("to"), fields.text("body", ""), fields.texts("media")
        fields.end()
        return answer(inbound_view(await self._receiver.receive(number, to, body, media)), 201)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """`?after=N&wait=20`: new texts and new statuses, oldest first; waits for the first one.

        Without `after` it answers at once with `next`, where to go on. `reset: true` says that events
        were missed (or the carrier started anew), and the threads must be read again.
        """
        fields = Fields(request.query)
        after = fields.integer("after", self._phones.last_event, 0, 2**53)
        starts = "after" not in request.query
        wait = fields.integer("wait", 0, 0, 60)
        fields.end()
        if starts or self._phones.missed(after):
            return answer({"data": [], "next": self._phones.last_event, "reset": not starts})
        events = await self._phones.events(after, wait)
        following = events[-1].number if events else after
        return answer({"data": [_event_view(event) for event in events], "next": following, "reset": False})


def _number(request: web.Request) -> str:
    number = request.match_info["number"]
    if not is_e164(number):
        raise UnknownNumber(f"{number!r} is not an E.164 number such as +12125550123")
    return number


def _thread_view(thread: Thread) -> JSON:
    return {
        "phone_number": thread.phone_number,
        "messages": thread.total,
        "newest": message_view(thread.newest),
    }


def _event_view(event: Event) -> JSON:
    return {
        "number": event.number,
        "what": event.what,
        "phone_number": event.message.person,
        "message": message_view(event.message),
    }
