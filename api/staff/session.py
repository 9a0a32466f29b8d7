"""A signed-in browser: its cookie, and the token that shows a form came from our own page."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, Signer, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

from api.services import Services
from models import clock

# Counted from the last day the page was used: a cookie older than a day is renewed with the next answer.
LASTS = timedelta(days=30)
RENEWED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StaffSession:
    """What the cookie says: who, since when (UTC), and a random word that the page's forms are bound to."""

    staff_id: str
    nonce: str
    issued_at: datetime

    @classmethod
    def begin(cls, staff_id: str) -> "StaffSession":
        """Return a new session."""
        return cls(staff_id, secrets.token_urlsafe(16), clock.now())

    def renewed(self) -> "StaffSession":
        """Return the same session, as of now."""
        return StaffSession(self.staff_id, self.nonce, clock.now())

    @property
    def is_worn(self) -> bool:
        """Tell whether it is time to renew it."""
        return self.issued_at + RENEWED_AFTER <= clock.now()


class Cookies:
    """Seals sessions into cookies with the newest key, and reads those sealed with any key still given."""

    def __init__(self, services: Services) -> None:
        # itsdangerous signs with the last key and tries all of them.
        keys = list(reversed(services.vault.keys))
        self._serializer = URLSafeSerializer(keys, salt="showup-staff-session")
        self._forms = Signer(keys, salt="showup-staff-form")
        self.secure = services.public_url.startswith("https://")
        # With this prefix a browser takes the cookie only from this host, over HTTPS, for all of its paths.
        self.name = "__Host-showup" if self.secure else "showup_session"

    def read(self, request: Request) -> StaffSession | None:
        """Return the session of a request, or None where there is none, or it is forged or too old."""
        sealed = request.cookies.get(self.name)
        if sealed is None:
            return None
        try:
            staff_id, nonce, seconds = self._serializer.loads(sealed)
        except (BadSignature, ValueError, TypeError):
            return None
        session = StaffSession(staff_id, nonce, datetime.fromtimestamp(seconds, UTC))
        return session if session.issued_at + LASTS > clock.now() else None

    def set(self, response: Response, session: StaffSession) -> None:
        """Let a response carry the session."""
        sealed = self._serializer.dumps([session.staff_id, session.nonce, int(session.issued_at.timestamp())])
        response.set_cookie(
            self.name,
            str(sealed),
            max_age=int(LASTS.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """Let a response end the session."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def form_token(self, session: StaffSession) -> str:
        """Return what every form of this session carries."""
        return self._forms.get_signature(session.nonce).decode()

    def is_form_token(self, session: StaffSession, token: str) -> bool:
        """Tell, in constant time, whether a form of this session carried this."""
        return token.isascii() and self._forms.verify_signature(session.nonce, token)
