"""One file with everything that a second party needs: packed, signed, opened, checked.

    names      which file names are safe anywhere       head       bundle.json             packing  a bundle, written
    parts      which files of a run it holds
    opened     a stranger's bundle, read                audits     a bundle or a run folder
    envelopes  DSSE                                     statements what is signed, and by whom
    public, private  keys                               trusted    the list of trusted keys, and what it says of a signature
"""

from audit.bundles.audits import Opened, open_audit
from audit.bundles.head import Entry, Head, Withheld
from audit.bundles.opened import Bundle, open_bundle
from audit.bundles.packing import pack
from audit.bundles.private import SigningKey, load_signing_key, make_key
from audit.bundles.statements import check_detached, sign_file
from audit.bundles.trusted import TrustedKey, read_keys

__all__ = [
    "Bundle", "Entry", "Head", "Opened", "SigningKey", "TrustedKey", "Withheld", "check_detached", "load_signing_key", "make_key", "open_audit",
    "open_bundle", "pack", "read_keys", "sign_file",
]
