"""The carrier's count of segments, against smsutil and at its edges."""

import pytest
import smsutil
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.segments import count

GSM = "abc @£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà\n\r"
ANY = st.text(alphabet=st.one_of(st.sampled_from(GSM + "^{}\\[~]|€"), st.sampled_from("á—😀`“")), max_size=400)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(alphabet=GSM + "^{}\\[~]|€", max_size=400), ANY))
@example("x" * 152 + "€" + "x" * 152)
@example("—" * 66 + "😀" + "—" * 66)
def test_it_counts_as_smsutil_does(text: str) -> None:
    assert count(text) == max(len(smsutil.split(text).parts), 1)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_a_segment_ends_where_it_must(text: str, segments: int) -> None:
    assert count(text) == segments
