"""Twilio's error codes, with the HTTP status and the JSON they come in."""

import orjson

_MORE = "https://www.twilio.com/docs/errors/"

_KNOWN: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service Unavailable"),
    21211: (400, "Invalid 'To' Phone Number"),
    21217: (400, "Phone number does not appear to be valid"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21402: (400, "SmsUrl is not a valid URL"),
    21403: (400, "SmsMethod must be GET or POST"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number is not a valid, message-capable phone number of this account"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable via SMS from this 'From' number"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21624: (400, "ValidityPeriod must be an integer between 1 and 36000 seconds"),
    21635: (400, "'To' number cannot be a landline"),
    21659: (400, "'From' is not a Twilio phone number or short code of this country"),
    21660: (400, "Mismatch between the 'From' number and the account"),
    21701: (400, "The Messaging Service does not exist"),
    30001: (0, "Queue overflow"),
    30002: (0, "Account suspended"),
    30003: (0, "Unreachable destination handset"),
    30004: (0, "Message blocked"),
    30005: (0, "Unknown destination handset"),
    30006: (0, "Landline or unreachable carrier"),
    30007: (0, "Message filtered"),
    30008: (0, "Unknown error"),
    30034: (0, "US A2P 10DLC - message from an unregistered number"),
    30036: (0, "Validity period expired"),
}
"""Codes of delivery (30001 and up) have no HTTP status: they only come in callbacks."""


def describe(code: int) -> str:
    """What a code says in `error_message`; a neutral sentence for one this carrier does not know."""
    return _KNOWN[code][1] if code in _KNOWN else f"Error {code}"


class TwilioError(Exception):
    """A request that Twilio would refuse, with the code and the sentence it refuses with."""

    def __init__(self, code: int, message: str | None = None, *, status: int | None = None) -> None:
        self.code = code
        self.message = message or describe(code)
        self.status = status or (_KNOWN[code][0] if code in _KNOWN else 0) or 400
        super().__init__(f"{code}: {self.message}")

    def body(self) -> bytes:
        """The JSON of the answer."""
        return orjson.dumps(
            {
                "code": self.code,
                "message": self.message,
                "more_info": f"{_MORE}{self.code}",
                "status": self.status,
            }
        )
