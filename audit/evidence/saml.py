"""Metadata held to SAML 2.0 Metadata and Web Browser SSO Profile (OASIS, 15 March 2005, with errata 05 of 1 May 2012)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple
from xml.etree import ElementTree as ET  # only its types: defusedxml parses

from audit.evidence.addresses import Addresses, plain
from audit.evidence.keys import Keys, base64_of, certificate_of
from audit.evidence.saml_attributes import asks
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.untrusted import Markup

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_MDUI = "{urn:oasis:names:tc:SAML:metadata:ui}"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:"
_MAIL_ID = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_SP, _IDP = f"{MD}SPSSODescriptor", f"{MD}IDPSSODescriptor"
_ROLES = (_SP, _IDP, f"{MD}AttributeAuthorityDescriptor", f"{MD}AuthnAuthorityDescriptor", f"{MD}PDPDescriptor", f"{MD}RoleDescriptor")
_CONTACTS = ("technical", "support", "administrative", "billing", "other")
_LONGEST_ID, _LARGEST_INDEX = 1024, 65_535
_WEAK_ENCRYPTION = ("#rsa-1_5", "#tripledes-cbc")
_PRIVATE_NUMBERS = ("D", "P", "Q", "DP", "DQ", "InverseQ")
_EXPORT = "Export the metadata again from the identity system."


class _File(NamedTuple):
    markup: Markup
    problems: Problems
    addresses: Addresses
    keys: Keys
    today: date
    facts: Facts
    roles: list[str]
    attributes: list[str]

    def where(self, element: ET.Element) -> str:
        return f"line {self.markup.line(element)}, {_local(element)}"


def recognises(specimen: Specimen) -> bool:
    """Return whether an XML file is SAML metadata, by its root."""
    return specimen.root in ("EntityDescriptor", "EntitiesDescriptor")


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what is asked of the identity provider (`attributes`, `requests_…`), the roles, and the earliest expiry."""
    markup = specimen.xml
    file = _File(markup, problems, Addresses(problems, "saml"), Keys(problems, specimen.today, "saml"), specimen.today, {"version": "2.0"}, [], [])
    entities = list(_entities(file))
    if not entities:
        problems.error("saml.root", file.where(markup.root), "there is no EntityDescriptor of SAML 2.0 metadata", _EXPORT)
    for entity in entities:
        _entity(entity, file)
    for element in markup.root.iter():
        _anywhere(element, file)
    if b"PRIVATE KEY-----" in specimen.raw:
        line = specimen.raw[: specimen.raw.index(b"PRIVATE KEY-----")].count(b"\n") + 1
        file.keys.leaked(f"line {line}", "the file holds a private key")
    signed = any(child.tag == f"{_DS}Signature" for child in markup.root)
    if not signed:
        problems.note("saml.unsigned", file.where(markup.root), "the metadata is not signed: fetch it over https, or compare it with the vendor")
    if file.attributes:
        file.facts["attributes"] = list(file.attributes)
    return {**file.facts, "roles": list(file.roles), "signed": signed, "entities": len(entities), **file.keys.facts(), **file.addresses.facts()}


def _entities(file: _File) -> Iterator[ET.Element]:
    for element in file.markup.root.iter():
        if element.tag in (f"{MD}EntityDescriptor", f"{MD}EntitiesDescriptor"):
            _validity(element, file)
        if element.tag == f"{MD}EntityDescriptor":
            yield element


def _validity(element: ET.Element, file: _File) -> None:
    text = element.get("validUntil")
    if text is None:
        return
    try:
        when = datetime.fromisoformat(text.strip())
        day = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).date()
    except (ValueError, OverflowError):
        file.problems.error("saml.validUntil", file.where(element), "validUntil is not a date and time", "Write it as 2027-06-30T00:00:00Z.")
        return
    file.keys.until(day)
    if day < file.today:
        file.problems.error("saml.validUntil", file.where(element), f"the metadata was valid until {day}", _EXPORT)


def _entity(entity: ET.Element, file: _File) -> None:
    where, name = file.where(entity), entity.get("entityID")
    if not name or not name.strip():
        file.problems.error("saml.entityID", where, "entityID is missing and required")
    elif len(name) > _LONGEST_ID:
        file.problems.error("saml.entityID", where, "entityID is longer than 1,024 characters")
    elif ":" not in name:
        file.problems.error("saml.entityID", where, "entityID is not a URI", "Use an https address that you own.")
    roles = [child for child in entity if child.tag in _ROLES]
    if not roles and entity.find(f"{MD}AffiliationDescriptor") is None:
        file.problems.error("saml.role", where, "the entity has no role (SPSSODescriptor or IDPSSODescriptor)", _EXPORT)
    for role in roles:
        _role(role, file)
    _people(entity, file)


def _role(role: ET.Element, file: _File) -> None:
    _validity(role, file)
    protocols = (role.get("protocolSupportEnumeration") or "").split()
    if not protocols:
        file.problems.error("saml.protocol", file.where(role), "protocolSupportEnumeration is missing and required", f"Write {_PROTOCOL}.")
    elif _PROTOCOL not in protocols and role.tag in (_SP, _IDP):
        file.problems.error("saml.protocol", file.where(role), "does not support SAML 2.0", f"Write {_PROTOCOL}.")
    elif len(protocols) > 1:
        file.problems.note("saml.protocol", file.where(role), "supports older protocols beside SAML 2.0")
    uses = [key.get("use") for key in role.findall(f"{MD}KeyDescriptor")]
    title = {_SP: "service provider", _IDP: "identity provider"}.get(role.tag, "other")
    if title not in file.roles:
        file.roles.append(title)
    if role.tag == _SP:
        _service_provider(role, uses, file)
    elif role.tag == _IDP:
        _identity_provider(role, uses, file)


def _service_provider(role: ET.Element, uses: list[str | None], file: _File) -> None:
    where, problems = file.where(role), file.problems
    consumers = role.findall(f"{MD}AssertionConsumerService")
    if not consumers:
        problems.error("saml.acs", where, "no AssertionConsumerService: there is no address to send people back to", _EXPORT)
    elif not any(one.get("Binding") == f"{_BINDING}HTTP-POST" for one in consumers):
        problems.error("saml.acs", where, "no AssertionConsumerService takes HTTP-POST", "Offer the binding HTTP-POST.")
    for one in consumers:
        if one.get("Binding") == f"{_BINDING}HTTP-Redirect":
            problems.error("saml.acs", file.where(one), "HTTP-Redirect must not carry an assertion", "Use HTTP-POST.")
    _indexes(consumers, file)
    _indexes(role.findall(f"{MD}AttributeConsumingService"), file)
    if not _is_true(role.get("WantAssertionsSigned")):
        problems.warning("saml.WantAssertionsSigned", where, "does not ask for signed assertions", 'Write WantAssertionsSigned="true".')
    if _is_true(role.get("AuthnRequestsSigned")) and not any(use in (None, "signing") for use in uses):
        problems.error("saml.key", where, "signs its requests and gives no key to check them with", 'Add a KeyDescriptor use="signing".')
    if not any(use in (None, "encryption") for use in uses):
        problems.note("saml.encryption", where, "no key for encryption: what is said of a person is protected by TLS only, and passes the browser readable")
    file.facts["assertions_signed"] = _is_true(role.get("WantAssertionsSigned"))
    _requests(role, file)


def _identity_provider(role: ET.Element, uses: list[str | None], file: _File) -> None:
    if role.find(f"{MD}SingleSignOnService") is None:
        file.problems.error("saml.sso", file.where(role), "no SingleSignOnService: there is no address to log in at", _EXPORT)
    if not any(use in (None, "signing") for use in uses):
        file.problems.error("saml.key", file.where(role), "no key for signing: assertions cannot be checked", 'Add a KeyDescriptor use="signing".')


def _indexes(elements: list[ET.Element], file: _File) -> None:
    seen: set[int] = set()
    for one in elements:
        text = one.get("index") or ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1   # noqa: PLR2004  (65,535 has five digits)
        if not 0 <= number <= _LARGEST_INDEX:
            file.problems.error("saml.index", file.where(one), "index is missing or not a whole number from 0 to 65535")
        elif number in seen:
            file.problems.error("saml.index", file.where(one), f"index {number} appears twice", "Number them 0, 1, 2 …")
        seen.add(number)
    if sum(_is_true(one.get("isDefault")) for one in elements) > 1:
        file.problems.warning("saml.isDefault", file.where(elements[0]), "more than one is the default", "Keep isDefault on one.")


def _requests(role: ET.Element, file: _File) -> None:
    """Note what a service asks to be told of each person."""
    for service in role.findall(f"{MD}AttributeConsumingService"):
        if service.find(f"{MD}ServiceName") is None:
            file.problems.error("saml.ServiceName", file.where(service), "ServiceName is missing and required")
        for one in service.findall(f"{MD}RequestedAttribute"):
            if not one.get("Name"):
                file.problems.error("saml.attribute", file.where(one), "Name is missing and required")
                continue
            file.attributes.append(plain(one.get("FriendlyName") or one.get("Name") or ""))
            _personal(asks(one.get("Name") or "", one.get("FriendlyName") or ""), one, file)
    for one in role.findall(f"{MD}NameIDFormat"):
        if (one.text or "").strip() == _MAIL_ID:
            _personal("requests_email", one, file)
    if file.attributes:
        for fact in ("requests_email", "requests_names", "requests_demographics"):
            file.facts.setdefault(fact, False)


def _personal(fact: str, element: ET.Element, file: _File) -> None:
    what = {
        "requests_email": "asks for each person's e-mail address", "requests_names": "asks for each person's name",
        "requests_demographics": "asks for a demographic or sensitive detail of each person",
    }
    if fact:
        file.facts[fact] = True
        file.problems.warning(f"saml.{fact}", file.where(element), what[fact], "Ask what it is for, and whether a pairwise or persistent identifier is enough.")


def _people(entity: ET.Element, file: _File) -> None:
    contacts = entity.findall(f"{MD}ContactPerson")
    for one in contacts:
        if one.get("contactType") not in _CONTACTS:
            file.problems.error("saml.contactType", file.where(one), "contactType is missing or none of technical, support, administrative, billing, other")
    if not any(one.get("contactType") in ("technical", "support") for one in contacts):
        file.problems.warning("saml.contact", file.where(entity), "no technical or support contact", "Add a ContactPerson: certificates change, and somebody must be told.")
    for fact, path in (
        ("vendor", f"{MD}Organization/{MD}OrganizationDisplayName"), ("vendor", f"{MD}Organization/{MD}OrganizationName"),
        ("product", f".//{_MDUI}UIInfo/{_MDUI}DisplayName"), ("product", f".//{MD}AttributeConsumingService/{MD}ServiceName"),
    ):
        text = (entity.findtext(path) or "").strip()
        if text:
            file.facts.setdefault(fact, plain(text))


def _anywhere(element: ET.Element, file: _File) -> None:
    """Check what may stand anywhere: addresses, keys, algorithms."""
    where, tag = file.where(element), element.tag
    if tag.startswith(MD):
        _endpoint(element, where, file)
    if tag == f"{_DS}X509Certificate":
        der = base64_of(element.text or "")
        certificate = certificate_of(der) if der else None
        if certificate is None:
            file.problems.error("saml.certificate", where, "not a certificate in base64", "Paste it without the BEGIN and END lines.")
        else:
            file.keys.certificate(certificate, where)
    elif tag == f"{_DS}RSAKeyValue":
        modulus, exponent = (base64_of(element.findtext(f"{_DS}{name}") or "") for name in ("Modulus", "Exponent"))
        if modulus and exponent:
            file.keys.rsa(int.from_bytes(modulus).bit_length(), int.from_bytes(exponent), where)
        if any(_local(child) in _PRIVATE_NUMBERS for child in element):
            file.keys.leaked(where, "the file holds the private part of an RSA key")
    elif _local(element).endswith("PrivateKey"):
        file.keys.leaked(where, "the file holds a private key")
    elif tag in (f"{_DS}SignatureMethod", f"{_DS}DigestMethod") and (element.get("Algorithm") or "").endswith(("sha1", "md5")):
        file.problems.error("saml.signature", where, "signed with SHA-1 or MD5, which can be forged", "Sign with RSA-SHA256.")
    elif (element.get("Algorithm") or "").endswith(_WEAK_ENCRYPTION):
        file.problems.warning("saml.algorithm", where, "takes an encryption that is open to attacks (rsa-1_5 or 3DES)", "RSA-OAEP and AES-GCM.")


def _endpoint(element: ET.Element, where: str, file: _File) -> None:
    if element.tag == f"{MD}KeyDescriptor":
        if element.get("use") not in (None, "signing", "encryption"):
            file.problems.error("saml.use", where, "use is neither signing nor encryption")
        if element.find(f"{_DS}KeyInfo") is None:
            file.problems.error("saml.key", where, "KeyInfo is missing and required")
    elif element.tag.endswith("Service") and element.tag != f"{MD}AttributeConsumingService":
        for name in ("Binding", "Location"):
            if not (element.get(name) or "").strip():
                file.problems.error(f"saml.{name}", where, f"{name} is missing and required")
    for name in ("Location", "ResponseLocation"):
        value = (element.get(name) or "").strip()
        if value:
            file.addresses.web(value, where)


def _is_true(text: str | None) -> bool:
    return text in ("true", "1")


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
