"""A small real carrier: Twilio's protocol over HTTP on loopback, with a phone at the far end.

`SandboxCarrier` runs within an event loop, `run_forever` alone. Everything a program needs is here:

    async with SandboxCarrier() as carrier:
        account = carrier.register_account()
        carrier.register_number(account.sid, "+12125550100", sms_url="http://127.0.0.1:8000/sms")
        ...  # Twilio's client at carrier.url, with account.sid and account.token
        await carrier.receive("+12125550123", "+12125550100", "YES")
"""

from sandbox.accounts import Account, Number, NumberTaken, UnknownAccount, UnknownNumber
from sandbox.carrier import SandboxCarrier
from sandbox.faults import Accept, Fault, Kind
from sandbox.inbound import Inbound
from sandbox.ledger import LedgerUnreadable
from sandbox.lifecycle import Pace
from sandbox.messages import Message
from sandbox.run import run_forever

__all__ = [
    "Accept",
    "Account",
    "Fault",
    "Inbound",
    "Kind",
    "LedgerUnreadable",
    "Message",
    "Number",
    "NumberTaken",
    "Pace",
    "SandboxCarrier",
    "UnknownAccount",
    "UnknownNumber",
    "run_forever",
]
