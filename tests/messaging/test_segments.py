"""What a text costs: units, segments, and the characters that make it dear."""

import pytest
import smsutil
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.segments import GSM_7, UCS_2, Segments, count_segments

PLAIN = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà"
DOUBLE = "\f^{}\\[~]|€"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", GSM_7, 0, 0),
        ("a", GSM_7, 1, 1),
        (PLAIN, GSM_7, len(PLAIN), 1),
        (DOUBLE, GSM_7, 20, 1),
        ("a" * 160, GSM_7, 160, 1),
        ("a" * 161, GSM_7, 161, 2),
        ("a" * 306, GSM_7, 306, 2),
        ("a" * 307, GSM_7, 307, 3),
        ("€" * 80, GSM_7, 160, 1),
        ("€" * 81, GSM_7, 162, 2),
        # The euro sign does not fit where one unit is left, and moves on whole.
        ("a" * 152 + "€" + "a" * 151, GSM_7, 305, 2),
        ("a" * 152 + "€" + "a" * 152, GSM_7, 306, 3),
        ("á" * 70, UCS_2, 70, 1),
        ("á" * 71, UCS_2, 71, 2),
        ("á" * 134, UCS_2, 134, 2),
        ("á" * 135, UCS_2, 135, 3),
        ("😀" * 35, UCS_2, 70, 1),
        ("😀" * 36, UCS_2, 72, 2),
        ("á" * 66 + "😀" + "á" * 66, UCS_2, 134, 3),
        ("á" * 65 + "😀" + "á" * 67, UCS_2, 134, 2),
        # In UCS-2 a euro sign is one unit.
        ("á" + "€" * 69, UCS_2, 70, 1),
        ("\ud800", UCS_2, 1, 1),
        ("\x1b", UCS_2, 1, 1),
        ("\t", UCS_2, 1, 1),
    ],
)
def test_a_text_takes_segments(text: str, encoding: str, units: int, segments: int) -> None:
    counted = count_segments(text)
    assert (counted.encoding, counted.units, counted.segments) == (encoding, units, segments)


def test_it_names_the_characters_that_make_a_text_dear() -> None:
    assert count_segments("Your visit is on sábado – it’s at 3:00\u202fPM – see you").forcing == "á–’\u202f"
    assert count_segments("mañana a las 3 €") == Segments(GSM_7, 17, 1, "")


@given(st.text(st.one_of(st.sampled_from(PLAIN), st.sampled_from(DOUBLE)), min_size=1, max_size=500))
@settings(max_examples=150, deadline=None)
def test_plain_texts_count_as_smsutil_counts_them(text: str) -> None:
    _compare(text)


@given(st.text(st.one_of(st.sampled_from("aé€{á—"), st.characters(min_codepoint=0x20)), min_size=1, max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_texts_count_as_smsutil_counts_them(text: str) -> None:
    _compare(text)


def _compare(text: str) -> None:
    split = smsutil.split(text)
    counted = count_segments(text)
    assert counted.segments == len(split.parts)
    assert counted.encoding == (GSM_7 if split.encoding == "gsm0338" else UCS_2)
    assert counted.units == (split.total_bytes if counted.encoding == GSM_7 else split.total_bytes // 2)
