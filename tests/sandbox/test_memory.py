"""What the carrier keeps in memory, and what it forgets."""

from sandbox import Message
from sandbox.messages import Messages


def text(number: int, to: str) -> Message:
    """A text with its number for a SID."""
    return Message(
        sid=f"SM{number}",
        account_sid="AC",
        direction="outbound-api",
        from_="+12125550100",
        to=to,
        body="Hello",
        segments=1,
        created=float(number),
        status="queued",
    )


def test_the_oldest_tenth_is_forgotten_past_the_limit() -> None:
    messages = Messages(keep=20)
    for number in range(1, 101):
        messages.add(text(number, to=f"+1212555{number % 7:04}"))
        assert len(messages) <= 20

    kept = [message.sid for message in messages]
    assert kept == [f"SM{number}" for number in range(101 - len(kept), 101)]
    assert messages.get("SM1") is None
    newest = messages.newest("AC", to=None, from_=None, wanted=lambda message: True, limit=100)
    assert [message.sid for message in newest] == kept[::-1]
    people = [end for end, _ in messages.ends() if end != "+12125550100"]
    of_people = sorted(message.sequence for person in people for message in messages.of_number(person))
    assert of_people == [message.sequence for message in messages]


def test_a_number_whose_texts_are_all_forgotten_is_too() -> None:
    messages = Messages(keep=10)
    messages.add(text(1, to="+12125550123"))
    for number in range(2, 12):
        messages.add(text(number, to="+12125550124"))

    assert messages.of_number("+12125550123") == []
    assert "+12125550123" not in dict(messages.ends())


def test_reading_on_still_works_after_forgetting() -> None:
    messages = Messages(keep=10)
    for number in range(1, 31):
        messages.add(text(number, to="+12125550123"))

    assert [message.sequence for message in messages.after(27, 10)] == [28, 29, 30]
    assert [message.sequence for message in messages.after(0, 2)] == [
        message.sequence for message in list(messages)[:2]
    ]
