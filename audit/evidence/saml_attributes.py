"""What a requested attribute says of a person: by its friendly name, its LDAP, eduPerson or SCHAC number (OID), or its WS-Federation address."""

import re
from collections.abc import Mapping

_OIDS: Mapping[str, str] = {
    "0.9.2342.19200300.100.1.3": "mail", "1.2.840.113549.1.9.1": "mail", "1.3.6.1.4.1.5923.1.1.1.6": "eduPersonPrincipalName",
    "2.5.4.3": "cn", "2.5.4.4": "sn", "2.5.4.42": "givenName", "2.16.840.1.113730.3.1.241": "displayName",
    "1.3.6.1.4.1.5923.1.1.1.2": "eduPersonNickname", "1.3.6.1.4.1.25178.1.2.3": "schacDateOfBirth", "1.3.6.1.4.1.25178.1.0.2.3": "schacYearOfBirth",
    "1.3.6.1.4.1.25178.1.2.2": "schacGender", "1.3.6.1.4.1.25178.1.2.5": "schacCountryOfCitizenship", "1.3.6.1.4.1.25178.1.2.4": "schacPlaceOfBirth",
}
_MAILS = ("mail", "email", "emailaddress", "e-mail", "rfc822mailbox")
_NAMES = (
    "cn", "commonname", "sn", "surname", "givenname", "displayname", "firstname", "lastname", "fullname", "familyname", "middlename", "name",
    "edupersonnickname", "preferredname",
)
_DEMOGRAPHIC = re.compile(r"birth|gender|^sex$|^race$|ethnic|hispanic|disab|lunch|citizen|religio|nationality", re.IGNORECASE)


def asks(name: str, friendly: str = "") -> str:
    """Return the fact that an attribute stands for (`requests_email`, `requests_names`, `requests_demographics`); empty for none of them."""
    words = [_OIDS.get(name.removeprefix("urn:oid:"), re.split(r"[/:#]", name)[-1]), friendly]
    for word in words:
        plain = word.strip().lower().replace("_", "").replace(" ", "")
        if plain in _MAILS:
            return "requests_email"
        if plain in _NAMES:
            return "requests_names"
        if _DEMOGRAPHIC.search(plain):
            return "requests_demographics"
    return ""
