"""/v1/account: the settings of the key's own account."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, Field, model_validator
from starlette.responses import Response

from api.accounts import account_object, change_account
from api.answers import answer
from api.fields import Body, Duration, Name, Shown, TimeZone, absent, refusal, told_by
from api.route import AdminRoute
from api.unit import Work
from api.versions import ExpectedVersion, require_version
from messaging import hours
from messaging.local_time import Span
from messaging.public_holidays import holiday_country
from models.account import Account
from models.errors import NotFound

router = APIRouter(prefix="/v1/account", tags=["Account"], route_class=AdminRoute)

LONGEST_SETTLE = timedelta(hours=24)


def short_settle(settle: str) -> str:
    """Refuse a time to settle that is too long."""
    if Span.parse(settle).length > LONGEST_SETTLE:
        raise refusal("invalid_parameter", "must be at most PT24H")
    return settle


class SendingHours(Body):
    """Local times of the person: texts leave from `start` on and before `end`."""

    start: str = Field(examples=["08:00"])
    end: str = Field(examples=["21:00"])

    @model_validator(mode="after")
    def _is_a_window(self) -> "SendingHours":
        try:
            hours.SendingHours.parse({"start": self.start, "end": self.end})
        except hours.BadSendingHours as error:
            raise refusal("invalid_parameter", f"is wrong: {error}") from None
        return self


class AccountChanges(Body):
    """What to change; what is absent stays."""

    name: Name = absent()
    timezone: TimeZone = absent()
    sending_hours: SendingHours | None = Field(default=None, description="Null: any hour.")
    skip_holidays: Annotated[str, AfterValidator(told_by(holiday_country, "invalid_parameter"))] | None = Field(
        default=None, description="A country whose public holidays get no reminders, or null."
    )
    settle: Annotated[Duration, AfterValidator(short_settle)] = absent()
    opt_out_scope: Literal["account", "sender"] = absent()
    first_text_footer: bool = absent()


class AccountObject(Shown):
    """An account."""

    object: Literal["account"]
    account_id: str
    name: str
    timezone: str
    sending_hours: SendingHours | None
    skip_holidays: str | None
    settle: str
    opt_out_scope: Literal["account", "sender"]
    first_text_footer: bool


@router.get("", response_model=AccountObject)
async def get_account(work: Work) -> Response:
    """Return the key's account."""
    account = await (await work.session()).get(Account, work.account_id)
    if account is None:
        raise NotFound("account", work.account_id)
    return answer(account_object(account))


@router.patch("", response_model=AccountObject)
async def patch_account(work: Work, body: AccountChanges, expected: ExpectedVersion) -> Response:
    """Change the account's settings; texts that have not left follow the new ones."""
    session = await work.session()
    account = await session.get(Account, work.account_id, with_for_update=True)
    if account is None:
        raise NotFound("account", work.account_id)
    require_version(expected, account.version)
    settings = body.given()
    if body.sending_hours is not None:
        settings["sending_hours"] = body.sending_hours.model_dump()
    change_account(session, account, settings)
    return answer(account_object(account))
