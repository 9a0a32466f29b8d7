"""The contract's table of what a reply may change, cell by cell."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.decision import Decision, Intent, RequestedTime
from agent.policy import SURE, Change, Flag, Outcome, ReplyKind, dispose
from agent.situation import Situation
from models.appointment import Confirmation
from models.attention import Reason
from tests.agent.situations import CHECKUP, CLEANING, NOW, answering, standing

OPEN = ("pending", "confirmed", "declined", "reschedule_requested")
CLOSED = ("cancelled", "released", "started")

# intent, where the visit stands: the new confirmation (None: unchanged), the flags
CELLS: dict[tuple[str, str], tuple[str | None, tuple[str, ...]]] = {
    ("confirm", "pending"): ("confirmed", ()),
    ("confirm", "unreachable"): ("confirmed", ()),
    ("confirm", "confirmed"): (None, ()),
    ("confirm", "declined"): ("confirmed", ("changed_mind",)),
    ("confirm", "reschedule_requested"): ("confirmed", ("changed_mind",)),
    ("confirm", "cancelled"): (None, ("late_reply",)),
    ("confirm", "released"): (None, ("reply_after_release",)),
    ("confirm", "started"): (None, ("late_reply",)),
    ("decline", "pending"): ("declined", ()),
    ("decline", "unreachable"): ("declined", ()),
    ("decline", "confirmed"): ("declined", ()),
    ("decline", "declined"): (None, ()),
    ("decline", "reschedule_requested"): ("declined", ()),
    ("decline", "cancelled"): (None, ()),
    ("decline", "released"): (None, ()),
    ("decline", "started"): (None, ("late_reply",)),
    ("reschedule", "pending"): ("reschedule_requested", ("reschedule_requested",)),
    ("reschedule", "unreachable"): ("reschedule_requested", ("reschedule_requested",)),
    ("reschedule", "confirmed"): ("reschedule_requested", ("reschedule_requested",)),
    ("reschedule", "declined"): ("reschedule_requested", ("reschedule_requested",)),
    ("reschedule", "reschedule_requested"): (None, ("reschedule_requested",)),
    ("reschedule", "cancelled"): (None, ("reschedule_requested",)),
    ("reschedule", "released"): (None, ("reschedule_requested",)),
    ("reschedule", "started"): (None, ("reschedule_requested", "late_reply")),
    **{("running_late", where): (None, ("running_late",)) for where in (*OPEN, "unreachable", *CLOSED)},
    **{("wrong_number", where): (None, ("wrong_number",)) for where in (*OPEN, "unreachable", *CLOSED)},
    **{("opt_out", where): (None, ("opted_out",)) for where in (*OPEN, "unreachable", *CLOSED)},
    **{("question", where): (None, ("question",)) for where in (*OPEN, "unreachable", *CLOSED)},
    **{("thanks", where): (None, ()) for where in (*OPEN, "unreachable", *CLOSED)},
    **{("other", where): (None, ("unclear_reply",)) for where in (*OPEN, "unreachable", *CLOSED)},
}


def sure(intent: str, **given: object) -> Decision:
    return replace(Decision(Intent(intent), 0.99), **given)  # type: ignore[arg-type]  # names are checked by replace


def reasons(outcome: Outcome) -> tuple[str, ...]:
    return tuple(flag.reason.value for flag in outcome.flags)


@pytest.mark.parametrize(("cell", "expected"), CELLS.items(), ids=lambda value: "-".join(map(str, value)))
def test_the_cell(cell: tuple[str, str], expected: tuple[str | None, tuple[str, ...]]) -> None:
    intent, where = cell
    confirmation, flags = expected
    outcome = dispose(sure(intent), answering("whatever was said", visits=(standing(where),)))
    assert [change.confirmation for change in outcome.changes] == ([confirmation] if confirmation else [])
    assert reasons(outcome) == flags
    assert outcome.hold_number is (intent == "wrong_number")
    assert outcome.opt_out is (intent == "opt_out")


def test_no_cell_is_missing() -> None:
    intents = {intent.value for intent in Intent} - {"opt_in", "help"}
    assert set(CELLS) == {(i, where) for i in intents for where in (*OPEN, "unreachable", *CLOSED)}


@pytest.mark.parametrize("intent", list(Intent))
@pytest.mark.parametrize("where", [*OPEN, *CLOSED])
@pytest.mark.parametrize("confidence", [0.0, SURE - 0.01, float("nan"), -1.0])
def test_an_unsure_decision_changes_nothing(intent: Intent, where: str, confidence: float) -> None:
    outcome = dispose(Decision(intent, confidence), answering("hmm", visits=(standing(where),)))
    assert not outcome.sure
    assert not outcome.changes
    assert not outcome.opt_out
    assert not outcome.hold_number
    assert reasons(outcome) == (("may_want_to_opt_out" if intent is Intent.OPT_OUT else "unclear_reply"),)


@pytest.mark.parametrize("intent", list(Intent))
def test_a_decision_naming_anothers_visit_changes_nothing(intent: Intent) -> None:
    for decision in (
        sure(intent.value, appointment="appt_of_a_stranger"),
        sure(intent.value, appointments=((CLEANING.id, intent), ("appt_of_a_stranger", intent))),
    ):
        outcome = dispose(decision, answering("yes to all of them, cancel the stranger's too"))
        assert not outcome.sure
        assert not outcome.changes
        assert not outcome.opt_out
        assert not outcome.hold_number


@pytest.mark.parametrize("text", ["YES", "sí", "oui!", "Ja", "sim", "yep"])
@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.CONFIRM])
def test_a_lone_yes_is_never_overruled(text: str, intent: Intent) -> None:
    outcome = dispose(sure(intent.value), answering(text))
    assert (outcome.sure, outcome.changes) == (False, ())


@pytest.mark.parametrize("text", ["NO", "no.", "non", "nein", "não", "nope"])
@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.DECLINE])
def test_a_lone_no_is_never_overruled(text: str, intent: Intent) -> None:
    outcome = dispose(sure(intent.value), answering(text))
    assert (outcome.sure, outcome.changes) == (False, ())


def test_a_lone_no_to_need_to_change_is_a_confirmation() -> None:
    situation = answering("no", answered_text="Your visit is Tuesday at 3:00 PM. Do you need to change it?")
    assert dispose(sure("decline"), situation).changes == ()
    (change,) = dispose(sure("confirm"), situation).changes
    assert change == Change(CLEANING.id, Confirmation.CONFIRMED)


def test_a_wish_keeps_its_window() -> None:
    wish = RequestedTime("thursday after 3", NOW, NOW + timedelta(hours=2))
    outcome = dispose(sure("reschedule", requested_time=wish), answering("thursday after 3?"))
    assert outcome.changes == (Change(CLEANING.id, Confirmation.RESCHEDULE_REQUESTED, wish),)


def test_a_second_wish_updates_the_first() -> None:
    wish = RequestedTime("friday", NOW, NOW + timedelta(days=1))
    situation = answering("friday then", visits=(standing("reschedule_requested"),))
    assert dispose(sure("reschedule", requested_time=wish), situation).changes == (
        Change(CLEANING.id, None, wish),
    )


def test_a_delay_is_noted() -> None:
    assert dispose(sure("running_late", late_minutes=20), answering("20 min late")).late_minutes == 20


def test_a_confirmation_with_a_delay_is_both() -> None:
    outcome = dispose(sure("confirm", late_minutes=10), answering("yes but 10 min late"))
    assert [change.confirmation for change in outcome.changes] == [Confirmation.CONFIRMED]
    assert outcome.flags == (Flag(Reason.RUNNING_LATE, CLEANING.id),)
    assert outcome.late_minutes == 10


def test_a_delay_after_the_start_is_told_but_not_noted() -> None:
    outcome = dispose(sure("running_late", late_minutes=20), answering("late", visits=(standing("started"),)))
    assert outcome.late_minutes is None


def test_a_yes_to_an_earlier_time_confirms_nothing() -> None:
    situation = answering("YES", about_starts_at=CLEANING.starts_at - timedelta(days=1))
    outcome = dispose(sure("confirm"), situation)
    assert (outcome.changes, outcome.reply_kind) == ((), ReplyKind.NEW_TIME)


def test_a_no_to_an_earlier_time_is_asked_again_and_shown() -> None:
    outcome = dispose(sure("decline"), answering("NO", about_starts_at=CLEANING.starts_at - timedelta(days=1)))
    assert (outcome.changes, outcome.reply_kind) == ((), ReplyKind.NEW_TIME)
    assert reasons(outcome) == ("unclear_reply",)


def test_a_yes_to_the_standing_time_confirms() -> None:
    assert dispose(sure("confirm"), answering("YES", about_starts_at=CLEANING.starts_at)).changes


def test_an_answered_question_is_not_flagged() -> None:
    outcome = dispose(sure("question", reply="Your appointment is at 12 Elm Street."), answering("where is it?"))
    assert (outcome.flags, outcome.reply_kind) == ((), ReplyKind.ANSWER)


def test_a_confirmation_with_an_open_question_is_flagged() -> None:
    outcome = dispose(sure("confirm", unanswered_question=True), answering("yes, do I need to fast?"))
    assert outcome.changes
    assert reasons(outcome) == ("question",)


@pytest.mark.parametrize(
    "text",
    ["Liked “Your visit is Tuesday”", "Loved an image", "I'm driving with Do Not Disturb While Driving on."],
)
@pytest.mark.parametrize("intent", list(Intent))
def test_what_a_telephone_wrote_changes_nothing_and_gets_no_answer(text: str, intent: Intent) -> None:
    outcome = dispose(sure(intent.value), answering(text))
    assert outcome == Outcome(sure=True, reply_kind=ReplyKind.NONE)


def test_a_displeased_tapback_is_shown_to_staff_without_an_answer() -> None:
    outcome = dispose(sure("other"), answering("Disliked “Your visit is Tuesday at 3”"))
    assert (outcome.reply_kind, reasons(outcome)) == (ReplyKind.NONE, ("unclear_reply",))


def test_emergency_words_come_first_and_get_the_fixed_text() -> None:
    outcome = dispose(sure("decline"), answering("can't come, I have chest pain"))
    assert outcome.reply_kind is ReplyKind.EMERGENCY
    assert outcome.flags[0] == Flag(Reason.EMERGENCY_WORDS, CLEANING.id)


# --- which visit

BOTH = (CLEANING, CHECKUP)
LISTED = (CLEANING.id, CHECKUP.id)


def two(text: str, **given: object) -> Situation:
    return answering(text, **({"visits": BOTH, "about": None} | given))


def changed(decision: Decision, situation: Situation) -> dict[str, str | None]:
    outcome = dispose(decision, situation)
    return {change.visit_id: change.confirmation for change in outcome.changes}


def test_the_visit_is_the_one_the_text_was_about() -> None:
    assert changed(sure("confirm"), two("yes", about=CHECKUP.id)) == {CHECKUP.id: "confirmed"}


def test_with_several_and_no_pick_the_person_is_asked_which() -> None:
    outcome = dispose(sure("confirm"), two("yes", listed=LISTED))
    assert (outcome.changes, outcome.reply_kind) == ((), ReplyKind.ASK_WHICH)


@pytest.mark.parametrize(
    "text",
    ["2", "the second one", "yes to 2", "thursday works", "Ana's is fine", "the checkup", "yes for june 11"],
)
def test_a_clear_reply_picks(text: str) -> None:
    assert changed(sure("confirm"), two(text, listed=LISTED)) == {CHECKUP.id: "confirmed"}


@pytest.mark.parametrize("text", ["both", "yes both", "las dos", "all of them"])
def test_both_counts_when_both_were_listed(text: str) -> None:
    assert changed(sure("confirm"), two(text, listed=LISTED)) == dict.fromkeys(LISTED, "confirmed")


def test_both_counts_when_each_was_asked_about() -> None:
    assert changed(sure("confirm"), two("both", about=CLEANING.id, asked=(CHECKUP.id,))) == dict.fromkeys(
        LISTED, "confirmed"
    )


def test_both_does_not_count_when_only_one_was_asked_about() -> None:
    assert changed(sure("confirm"), two("both", about=CLEANING.id)) == {}


def test_a_model_cannot_make_a_plain_yes_mean_both() -> None:
    decision = sure("confirm", appointments=((CLEANING.id, Intent.CONFIRM), (CHECKUP.id, Intent.CONFIRM)))
    assert changed(decision, two("yes that works", listed=LISTED)) == {}


def test_each_visit_gets_its_own_answer() -> None:
    decision = sure("confirm", appointments=((CLEANING.id, Intent.CONFIRM), (CHECKUP.id, Intent.DECLINE)))
    assert changed(decision, two("Tom yes, Ana no")) == {CLEANING.id: "confirmed", CHECKUP.id: "declined"}


def test_a_model_cannot_choose_a_visit_the_text_does_not_name() -> None:
    assert changed(sure("decline", appointment=CHECKUP.id), two("can't come", about=CLEANING.id)) == {}


def test_a_wished_day_picks_no_visit() -> None:
    situation = two("can we do thursday instead", about=CLEANING.id)
    assert changed(sure("reschedule"), situation) == {CLEANING.id: "reschedule_requested"}


def test_a_person_without_visits_changes_nothing_and_is_shown() -> None:
    outcome = dispose(sure("confirm"), answering("yes", visits=(), about=None))
    assert (outcome.changes, outcome.reply_kind, reasons(outcome)) == ((), ReplyKind.ASK, ("unclear_reply",))
