import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.signature import fingerprint, format_signature, parse_signature


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_parse_is_the_inverse_of_format(recipe):
    assert parse_signature(format_signature(recipe)) == recipe


@pytest.mark.parametrize("text", ["no colon", "a:1|b", "a:1|a:2"])
def test_a_broken_signature_is_refused(text):
    with pytest.raises(InputError, match="signature"):
        parse_signature(text)


def test_the_fingerprint_follows_every_value():
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"a": "1", "b": "2"})
    assert fingerprint({"a": "1", "b": "2"}) != fingerprint({"a": "1", "b": "3"})
