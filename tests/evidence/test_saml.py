"""SAML metadata. Hosts, vendors and schools are invented (example.org)."""

from base64 import b64encode

import pytest

from audit.errors import ChecklistError
from audit.evidence import jwks, saml, security_txt, x509
from tests.evidence.pki import certificate, claims, der, look, private_pem, rsa_key, rules, sha1_der

P = "urn:oasis:names:tc:SAML:2.0:protocol"
B = "urn:oasis:names:tc:SAML:2.0:bindings:"


def packed(raw):
    return b64encode(raw).decode()


def key(use="signing", text=None):
    text = packed(der(certificate())) if text is None else text
    return f'<md:KeyDescriptor use="{use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>'


ACS = f'<md:AssertionConsumerService index="0" isDefault="true" Binding="{B}HTTP-POST" Location="https://tool.example.org/acs"/>'
CONTACT = "<md:ContactPerson contactType=\"technical\"><md:EmailAddress>mailto:support@example.org</md:EmailAddress></md:ContactPerson>"
ORGANIZATION = (
    '<md:Organization><md:OrganizationName xml:lang="en">Invented Learning</md:OrganizationName>'
    '<md:OrganizationDisplayName xml:lang="en">Invented Learning Inc.</md:OrganizationDisplayName>'
    '<md:OrganizationURL xml:lang="en">https://example.org</md:OrganizationURL></md:Organization>'
)


def attribute(name, friendly=""):
    return (
        '<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="en">Essay Coach</md:ServiceName>'
        f'<md:RequestedAttribute Name="{name}" FriendlyName="{friendly}"/></md:AttributeConsumingService>'
    )


def sp(keys=None, inside=ACS, flags='WantAssertionsSigned="true" AuthnRequestsSigned="true"', protocol=f'protocolSupportEnumeration="{P}"'):
    return f"<md:SPSSODescriptor {flags} {protocol}>\n{key() + key('encryption') if keys is None else keys}\n{inside}\n</md:SPSSODescriptor>"


def idp(keys=None, inside=f'<md:SingleSignOnService Binding="{B}HTTP-Redirect" Location="https://login.example.org/sso"/>'):
    return f'<md:IDPSSODescriptor protocolSupportEnumeration="{P}">{key() if keys is None else keys}{inside}</md:IDPSSODescriptor>'


def entity(roles, name='entityID="https://tool.example.org/saml"', more="", rest=ORGANIZATION + CONTACT):
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" {name} {more}>'
        f"\n{roles}\n{rest}</md:EntityDescriptor>"
    )


def checked(tmp_path, text):
    return look(saml, tmp_path / "metadata.xml", text)


def test_a_service_providers_metadata_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path, entity(sp()))
    assert [(p.level, p.rule) for p in problems.kept] == [("note", "saml.unsigned")]
    assert facts == {
        "version": "2.0", "roles": ["service provider"], "assertions_signed": True, "vendor": "Invented Learning Inc.", "signed": False, "entities": 1,
        "private_keys": 0, "weak_keys": 0, "valid_until": "2027-06-30", "https_only": True,
    }


def test_an_identity_providers_metadata_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path, entity(idp()))
    assert rules(problems) == rules(problems, "warning") == []
    assert facts["roles"] == ["identity provider"]


def test_several_entities_in_one_file_are_each_checked(tmp_path):
    facts, problems = checked(tmp_path, f'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{entity(sp())}{entity(sp(inside=""))}</md:EntitiesDescriptor>')
    assert facts["entities"] == 2
    assert rules(problems) == ["saml.acs"]


@pytest.mark.parametrize(("text", "rule"), [
    (entity(sp(), name=""), "saml.entityID"), (entity(sp(), name='entityID="tool"'), "saml.entityID"), (entity(sp(), name=f'entityID="https://{"x" * 1020}"'), "saml.entityID"),
    (entity(""), "saml.role"), (entity(sp(protocol="")), "saml.protocol"), (entity(sp(protocol='protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"')), "saml.protocol"),
    (entity(sp(inside="")), "saml.acs"), (entity(sp(inside=ACS.replace("HTTP-POST", "HTTP-Artifact"))), "saml.acs"),
    (entity(sp(inside=ACS + ACS.replace("HTTP-POST", "HTTP-Redirect").replace('"0"', '"1"').replace("true", "false"))), "saml.acs"),
    (entity(sp(inside=ACS.replace("https:", "http:"))), "saml.https"), (entity(sp(inside=ACS.replace('Location="https://tool.example.org/acs"', ""))), "saml.Location"),
    (entity(sp(inside=ACS.replace('index="0"', ""))), "saml.index"), (entity(sp(inside=ACS + ACS)), "saml.index"), (entity(sp(inside=ACS.replace('"0"', '"99999"'))), "saml.index"),
    (entity(sp(keys="")), "saml.key"), (entity(idp(keys=key("encryption"))), "saml.key"), (entity(idp(inside="")), "saml.sso"),
    (entity(sp(), more='validUntil="2026-11-21T00:00:00Z"'), "saml.validUntil"), (entity(sp(), more='validUntil="soon"'), "saml.validUntil"),
    (entity(sp(keys=key(text="AAAA"))), "saml.certificate"), (entity(sp(keys=key("both"))), "saml.use"),
    (entity(sp(keys='<md:KeyDescriptor use="signing"/>')), "saml.key"), (entity(sp(inside=ACS + attribute(""))), "saml.attribute"),
    (entity(sp(), rest="<md:ContactPerson/>"), "saml.contactType"), ("<EntityDescriptor/>", "saml.root"),
    (entity(sp(), rest='<ds:Signature><ds:SignedInfo><ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/></ds:SignedInfo></ds:Signature>'), "saml.signature"),
])
def test_what_the_standard_forbids_is_an_error(tmp_path, text, rule):
    assert rule in rules(checked(tmp_path, text)[1])


def test_an_error_names_the_line_and_the_element(tmp_path):
    text = entity(sp(inside=ACS.replace("https:", "http:")))
    line = next(i for i, row in enumerate(text.splitlines(), start=1) if "AssertionConsumerService" in row)
    assert [p.where for p in checked(tmp_path, text)[1].kept if p.level == "error"] == [f"line {line}, AssertionConsumerService"]


@pytest.mark.parametrize(("raw", "rule"), [
    (der(certificate(until="2026-10-01")), "saml.expired"), (der(certificate(key=rsa_key(1024))), "saml.strength"), (sha1_der(), "saml.signature"),
])
def test_an_old_or_weak_certificate_is_an_error(tmp_path, raw, rule):
    facts, problems = checked(tmp_path, entity(sp(keys=key(text=packed(raw)))))
    assert rules(problems) == [rule]
    assert facts["weak_keys"] == (rule != "saml.expired")


def test_line_breaks_in_a_certificate_change_nothing(tmp_path):
    text = packed(der(certificate()))
    assert rules(checked(tmp_path, entity(sp(keys=key(text="\n  " + "\n  ".join(text[i:i + 60] for i in range(0, len(text), 60)) + "\n"))))[1]) == []


def test_the_earliest_of_all_expiries_is_the_fact(tmp_path):
    assert checked(tmp_path, entity(sp(), more='validUntil="2027-01-31T00:00:00Z"'))[0]["valid_until"] == "2027-01-31"


def test_assertions_that_need_not_be_signed_and_a_missing_contact_are_warnings(tmp_path):
    facts, problems = checked(tmp_path, entity(sp(flags=""), rest=""))
    assert rules(problems, "warning") == ["saml.WantAssertionsSigned", "saml.contact"]
    assert facts["assertions_signed"] is False


@pytest.mark.parametrize(("name", "fact"), [
    ("urn:oid:0.9.2342.19200300.100.1.3", "requests_email"), ("urn:oid:2.5.4.42", "requests_names"), ("urn:oid:1.3.6.1.4.1.25178.1.2.3", "requests_demographics"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "requests_email"), ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/dateofbirth", "requests_demographics"),
    ("mail", "requests_email"), ("Gender", "requests_demographics"),
])
def test_a_personal_attribute_that_is_asked_for_is_a_fact_and_a_warning(tmp_path, name, fact):
    facts, problems = checked(tmp_path, entity(sp(inside=ACS + attribute(name))))
    assert facts[fact] is True
    assert sorted(one for one in facts if one.startswith("requests_")) == ["requests_demographics", "requests_email", "requests_names"]
    assert facts["product"] == "Essay Coach"
    assert rules(problems, "warning") == [f"saml.{fact}"]


def test_an_attribute_without_a_person_is_no_problem(tmp_path):
    facts, problems = checked(tmp_path, entity(sp(inside=ACS + attribute("urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "eduPersonScopedAffiliation"))))
    assert rules(problems, "warning") == []
    assert facts["attributes"] == ["eduPersonScopedAffiliation"]
    assert facts["requests_email"] is False


def test_an_email_address_as_the_identifier_is_a_warning(tmp_path):
    facts, problems = checked(tmp_path, entity(sp(inside=ACS + "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>")))
    assert facts["requests_email"] is True
    assert rules(problems, "warning") == ["saml.requests_email"]


@pytest.mark.parametrize("leak", [
    lambda: key(text=private_pem()), lambda: "<md:KeyDescriptor><ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:D>AQAB</ds:D></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo></md:KeyDescriptor>",
    lambda: "<md:KeyDescriptor><ds:KeyInfo><PrivateKey>AQAB</PrivateKey></ds:KeyInfo></md:KeyDescriptor>",
])
def test_a_private_key_in_the_metadata_is_an_error(tmp_path, leak):
    facts, problems = checked(tmp_path, entity(sp(keys=leak())))
    assert "saml.private" in rules(problems)
    assert facts["private_keys"] == 1


def test_weak_encryption_is_a_warning(tmp_path):
    weak = key("encryption").replace("</md:KeyDescriptor>", '<md:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"/></md:KeyDescriptor>')
    assert rules(checked(tmp_path, entity(sp(keys=key() + weak)))[1], "warning") == ["saml.algorithm"]


def test_the_contact_of_the_vendor_is_no_student_data(tmp_path):
    assert checked(tmp_path, entity(sp(), rest=CONTACT.replace("example.org", "invented-learning.us")))[1].counts["personal"] == 0


@pytest.mark.parametrize("text", ['<!DOCTYPE a [<!ENTITY b "c">]><EntityDescriptor>&b;</EntityDescriptor>', "<EntityDescriptor>", "no xml"])
def test_xml_that_cannot_be_read_safely_is_refused(tmp_path, text):
    with pytest.raises(ChecklistError):
        checked(tmp_path, text)


@pytest.mark.parametrize("value", ["", " ", "x" * 5000, "http://[::1", "https://a:b@c", "javascript:1", "٣", "-1", "1e9", "https://tool.example.org:99999/", "&#x202e;"])
def test_no_value_of_any_attribute_stops_the_check(tmp_path, value):
    for old in ('"0"', f'"{B}HTTP-POST"', '"https://tool.example.org/acs"', f'"{P}"', '"signing"', '"true"', '"technical"'):
        checked(tmp_path, entity(sp(inside=ACS + attribute(value, value))).replace(old, f'"{value}"'))
    checked(tmp_path, entity(sp(keys=key(text=value)), name=f'entityID="{value}"', more=f'validUntil="{value}"'))
    numbers = f"<ds:RSAKeyValue><ds:Modulus>{value}</ds:Modulus><ds:Exponent>{value}</ds:Exponent></ds:RSAKeyValue>"
    checked(tmp_path, entity(sp(keys=f"<md:KeyDescriptor><ds:KeyInfo>{numbers}</ds:KeyInfo></md:KeyDescriptor>")))


def test_only_this_checker_claims_the_file(tmp_path):
    assert [m for m in (jwks, saml, security_txt, x509) if claims(m, tmp_path / "x.xml", entity(sp()))] == [saml]
    assert not claims(saml, tmp_path / "x.xml", "<manifest/>")
