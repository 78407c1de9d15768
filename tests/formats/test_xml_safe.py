from __future__ import annotations

import re

import pytest

from pipeline.errors import InputError
from pipeline.formats import xml_safe
from pipeline.formats.xml_safe import local_name, parse_xml

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [
 <!ENTITY lol "lol">
 <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
 <!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">
]>
<lolz>&lol3;</lolz>"""

REFUSED = {
    "billion laughs": (LAUGHS, 3, "entity 'lol'"),
    "laughs in an attribute": (LAUGHS.replace(b"<lolz>&lol3;", b'<lolz a="&lol3;">'), 3, "entity 'lol'"),
    "external entity reads a file": (
        b'<?xml version="1.0"?>\n<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n<t>&x;</t>',
        2,
        "entity 'x'",
    ),
    "external entity asks the network": (
        b'<!DOCTYPE t [\n\n<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><t>&x;</t>',
        3,
        "entity 'x'",
    ),
    "parameter entity": (b'<!DOCTYPE t [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><t/>', 1, "entity 'p'"),
    "undeclared entity": (b"<t>\n&nosuch;</t>", 2, "not well-formed"),
    "unclosed": (b"<t>\n<u>\n</t>", 3, "not well-formed"),
    "empty": (b"", 1, "not well-formed"),
    "not xml": (b"\x00\x01\x02", 1, "not well-formed"),
    "bad utf-8": (b"<t>\n\xff\xfe</t>", 2, "not well-formed"),
}


@pytest.mark.parametrize("label", REFUSED)
def test_dangerous_or_broken_xml_is_refused_with_its_line(label):
    data, line, says = REFUSED[label]
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        parse_xml(data, "some.tmx")
    assert caught.value.where == f"some.tmx, line {line}"


def test_entities_in_an_encoding_unknown_to_expat_are_refused_too():
    text = '<?xml version="1.0" encoding="EUC-JP"?><!DOCTYPE t [<!ENTITY x "y">]><t>&x;</t>'
    with pytest.raises(InputError, match="entity"):
        parse_xml(text.encode("euc-jp"), "x")


def test_unknown_encoding_is_reported():
    with pytest.raises(InputError, match="not well-formed"):
        parse_xml(b'<?xml version="1.0" encoding="no-such"?><t/>', "x")


def test_depth_is_bounded():
    with pytest.raises(InputError, match="not well-formed"):
        parse_xml(b"<a>" * 3000 + b"</a>" * 3000, "deep.xml")


def test_size_is_bounded(monkeypatch):
    monkeypatch.setattr(xml_safe, "MAX_XML_BYTES", 10)
    with pytest.raises(InputError, match="at most 10 bytes"):
        parse_xml(b"<abcdefghij/>", "big.xml")


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx/>',
        '<?xml version="1.0" encoding="UTF-8"?><tmx>বাংলা</tmx>'.encode(),
        "\ufeff<tmx>বাংলা</tmx>".encode(),
        '<?xml version="1.0" encoding="UTF-16"?><tmx>বাংলা</tmx>'.encode("utf-16"),
        b"<?xml version='1.0'?><!-- a comment --><tmx>&lt;&#x995;&amp;</tmx>",
    ],
)
def test_harmless_xml_is_read(data):
    assert local_name(parse_xml(data, "ok.tmx")) == "tmx"


def test_namespace_is_left_out_of_the_local_name():
    assert local_name(parse_xml(b'<a:x xmlns:a="urn:a"/>', "x")) == "x"
