"""Web addresses, and domains that belong to nobody."""

import pytest

from audit.evidence.addresses import Addresses, holds_real_mail, is_nobodys, plain, split
from audit.evidence.specimen import Problems
from tests.evidence.pki import rules


@pytest.mark.parametrize("host", ["example.org", "a.b.example.com", "school.example", "x.test", "y.invalid", "EXAMPLE.NET", "district.example.edu", "localhost"])
def test_reserved_hosts_belong_to_nobody(host):
    assert is_nobodys(host)


@pytest.mark.parametrize("host", ["notexample.org", "example.us", "example.org.evil.us", "lakeside.k12.wa.us", "testing.us", "test.us"])
def test_other_hosts_may_belong_to_somebody(host):
    assert not is_nobodys(host)


@pytest.mark.parametrize(("text", "real"), [
    ("ana@example.org", False), ("write to ana@pupils.example or to bo@x.test", False), ("ana@example.org, bo@gmail.com", True), ("bo+x@mail.example.us", True),
    ("@handle", False), ("a@b", False), ("no address", False),
])
def test_a_mail_address_outside_the_reserved_domains_is_real(text, real):
    assert holds_real_mail(text) is real


@pytest.mark.parametrize("text", ["", "example.org", "//example.org", "https://", "https:///path", "https://a b.org", "https://a\n.org", "https://[::1", "https://a:x/", "https://bücher.example", "\x00"])
def test_what_is_no_whole_address_is_none(text):
    assert split(text) is None


@pytest.mark.parametrize(("text", "error", "warning"), [
    ("https://tool.example.org/a?b=c", [], []), ("HTTPS://tool.example.org:8443", [], []), ("http://tool.example.org", ["t.https"], []), ("ftp://tool.example.org", ["t.https"], []),
    ("https://u:p@tool.example.org", ["t.password"], []), ("https://127.0.0.1/x", [], ["t.host"]), ("https://[::1]:3000/", [], ["t.host"]), ("https://10.1.2.3", [], ["t.host"]),
    ("https://server.internal", [], ["t.host"]), ("tool.example.org", ["t.address"], []), ("https://203.0.113.9:0/", ["t.address"], []),
])
def test_an_address_must_be_whole_and_https_and_reachable(text, error, warning):
    problems = Problems()
    Addresses(problems, "t").web(text, "$")
    assert (rules(problems), rules(problems, "warning")) == (error, warning)


def test_one_address_that_is_not_https_is_enough():
    addresses = Addresses(Problems(), "t")
    assert addresses.facts() == {}
    for text, so_far in (("https://a.example.org", True), ("http://a.example.org", False), ("https://b.example.org", False)):
        addresses.web(text, "$")
        assert addresses.facts() == {"https_only": so_far}


def test_hosts_below_an_own_one_are_not_elsewhere():
    addresses = Addresses(Problems(), "t")
    for host in ("tool.example.org", "api.tool.example.org", "eviltool.example.org", "cdn.example.com"):
        addresses.web(f"https://{host}/", "$")
    assert addresses.elsewhere("tool.example.org", ["example.com"]) == ["eviltool.example.org"]


def test_a_text_for_the_facts_is_one_printable_line():
    assert plain("a\n b\ud800\x1b") == "a b?\N{REPLACEMENT CHARACTER}"
