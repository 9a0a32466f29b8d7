"""Texts with variables: what is accepted, what is refused with which advice, what leaves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.templates import VARIABLES, BadTemplate, UnknownVariable, check, render

VALUES = {
    "contact.name": "Ana Díaz",
    "contact.first_name": "Ana",
    "appointment.date": "Thursday, March 12",
    "appointment.time": "3:00\u202fPM",
    "appointment.provider": "Dr. Lee",
    "account.name": "Bright Smile",
    "metadata.room no": "4",
}


@pytest.mark.parametrize("variable", [*VARIABLES, "metadata.KEY", "metadata.room no", "metadata.a.b-c"])
def test_every_variable_of_the_contract_is_accepted(variable: str) -> None:
    check(f"Hi {{{{{variable}}}}}, and {{{{ {variable} }}}}")


@pytest.mark.parametrize(
    "template", ["", "No variable.", 'Answer as JSON: {"a": 1}', "a { b } c", ":-}", "{visit}"]
)
def test_a_text_without_variables_is_accepted(template: str) -> None:
    check(template)
    assert render(template, VALUES).text == template


@pytest.mark.parametrize(
    ("template", "name", "suggestion"),
    [
        ("{{contact.nmae}}", "contact.nmae", "contact.name"),
        ("{{Contact.Name}}", "Contact.Name", "contact.name"),
        ("{{contact.firstname}}", "contact.firstname", "contact.first_name"),
        ("{{first_name}}", "first_name", "contact.first_name"),
        ("{{first name}}", "first name", "contact.first_name"),
        ("{{date}}", "date", "appointment.date"),
        ("{{appointment.starts_at}}", "appointment.starts_at", "appointment.date"),
        ("Hi {{contact.name}}, {{weather}}", "weather", None),
        ("{{}}", "", None),
        ("{{metadata}}", "metadata", None),
        ("{{metadata.}}", "metadata.", None),
        ("{{\ud800}}", "\ud800", None),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest(template: str, name: str, suggestion: str | None) -> None:
    with pytest.raises(UnknownVariable) as refused:
        check(template)
    assert refused.value.name == name
    assert refused.value.suggestion == suggestion
    advised = f"did you mean {{{{{suggestion}}}}}?" if suggestion else "{{account.name}}, {{metadata.KEY}}"
    assert advised in str(refused.value)
    assert str(refused.value).isascii()


@pytest.mark.parametrize(
    "template",
    [
        "Hi {{contact.name",
        "Hi {{contact.name}",
        "Hi contact.name}}",
        "Hi {contact.name}}",
        "Hi {{contact.name}} }}",
        "Hi {{{contact.name}}}",
        "Hi {{{{contact.name}}}}",
        "Hi {{contact.{name}}}",
        "Hi {contact.name}",
        "Hi { first_name }",
        "{{",
        "}}",
    ],
)
def test_braces_that_make_no_sense_are_refused_with_what_would_be_right(template: str) -> None:
    with pytest.raises(BadTemplate, match=r"\{\{contact\.(first_)?name\}\}"):
        check(template)


def test_a_text_is_filled() -> None:
    rendered = render("Hi {{contact.first_name}}, {{ account.name }}: room {{metadata.room no}}.", VALUES)
    assert rendered.text == "Hi Ana, Bright Smile: room 4."
    assert rendered.missing == ()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hi {{patient.name}}, see you.", "Hi, see you."),
        ("See you with {{patient.name}} at 3.", "See you with at 3."),
        ("{{patient.name}}, see you.", "see you."),
        ("Hi.\n{{patient.name}}: see you.", "Hi.\nsee you."),
        ("Hi {{patient.name}}", "Hi"),
        ("Hi {{patient.name}}\nSee you.", "Hi\nSee you."),
        ("Your visit ({{patient.name}}) is near.", "Your visit is near."),
        ("Your visit ({{patient.name}}).", "Your visit."),
        ("At {{metadata.a}} {{metadata.b}} {{metadata.c}}.", "At."),
        ("Hi {{metadata.a}}{{contact.name}}!", "Hi Ana Díaz!"),
        ("{{metadata.a}}", ""),
        # What is the author's own stays.
        ("One.  Two {{contact.first_name}} .", "One.  Two Ana ."),
    ],
)
def test_a_missing_value_leaves_no_gap_and_no_braces(template: str, text: str) -> None:
    assert render(template, VALUES).text == text


def test_what_is_missing_is_noted_once_in_order() -> None:
    rendered = render(
        "{{metadata.b}} {{metadata.a}} {{metadata.b}} {{contact.name}}", {**VALUES, "metadata.a": " \n"}
    )
    assert rendered.missing == ("metadata.b", "metadata.a")
    assert rendered.text == "Ana Díaz"


def test_what_a_value_holds_is_never_filled_in_again() -> None:
    values = {"contact.name": "{{account.name}} {x} }}", "account.name": "Bright Smile"}
    assert render("Hi {{contact.name}}!", values).text == "Hi {{account.name}} {x} }}!"


def test_special_spaces_and_line_breaks_in_values_become_spaces() -> None:
    values = {**VALUES, "appointment.location": "12 Main St\r\nSuite\u00a04"}
    assert render("{{appointment.time}}, {{appointment.location}}", values).text == "3:00 PM, 12 Main St Suite 4"
    assert render("At\u00a03\u202fPM", values).text == "At 3 PM"


@given(
    st.lists(
        st.sampled_from(["{{contact.name}}", "{{metadata.x}}", " ", "a", ",", "(", ")", "\n", "."]), max_size=12
    )
)
@settings(max_examples=150)
def test_whatever_is_missing_no_brace_leaves_and_words_stay(pieces: list[str]) -> None:
    template = "".join(pieces)
    check(template)
    text = render(template, VALUES).text
    assert "{" not in text
    assert text.count("Ana Díaz") == pieces.count("{{contact.name}}")
    assert text.replace("Ana Díaz", "").count("a") == pieces.count("a")


@given(st.text(st.sampled_from("{}contact.name metadata\n"), max_size=40))
@settings(max_examples=200)
def test_what_is_accepted_is_filled_without_double_braces(template: str) -> None:
    try:
        check(template)
    except BadTemplate:
        return
    assert "{{" not in render(template, {}).text
    assert "}}" not in render(template, {}).text
