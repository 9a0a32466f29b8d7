"""Faults: what a caller did wrong or cannot have, raised where the rule lives, turned into HTTP in one place."""


class Fault(Exception):
    """A fault with a code of the contract. `param` names the field, `message` says what would be right."""

    type = "invalid_request"
    status = 400

    def __init__(self, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


class Invalid(Fault):
    """A value that cannot be taken."""


class Faults(Invalid):
    """Several faults of one body, the first on top."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].code, faults[0].message, param=faults[0].param)
        self.faults = faults


class NotPermitted(Fault):
    """Something this key, number or person may not do."""

    type = "permission_error"
    status = 403


class NotFound(Fault):
    """An object that is not there, or is another account's."""

    type = "not_found"
    status = 404

    def __init__(self, kind: str, id: str, *, param: str | None = None) -> None:
        # What was asked for is shown only where it can be printed safely.
        shown = id if id.isascii() and id.isprintable() and len(id) <= 64 else "that id"
        super().__init__(f"{kind}_not_found", f"There is no {kind.replace('_', ' ')} {shown}.", param=param)


class Conflict(Fault):
    """Something the present state forbids."""

    type = "conflict"
    status = 409


class Overtaken(Conflict):
    """`If-Match` named a version that has been overtaken."""

    status = 412

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            "version_mismatch",
            f"If-Match names version {expected}, the object is at version {actual}: read it again.",
        )


class CursorExpired(Conflict):
    """A cursor older than what is kept."""

    status = 410


class CarrierRefused(Fault):
    """The carrier refused for good (`carrier_rejected`), or could not be reached (`carrier_unreachable`)."""

    type = "carrier_error"
    status = 502

    def __init__(
        self, code: str, message: str, *, carrier_code: str | None = None, message_id: str | None = None
    ) -> None:
        super().__init__(code, message)
        self.carrier_code = carrier_code
        self.message_id = message_id


class Unavailable(Fault):
    """The service cannot do this at present; the same request may work later. `retry_after` is in seconds."""

    type = "unavailable"
    status = 503

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__("unavailable", message)
        self.retry_after = retry_after
