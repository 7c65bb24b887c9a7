"""What `audit bundle` made, and what `audit verify` found: hashes, signatures, and every number recomputed."""

from typing import Literal

from msgspec import Struct

from audit.records.listings import Signer
from audit.records.probes import Json


class WithheldSet(Struct, frozen=True):
    """`run/withheld/SET.json`: private fixtures of which a bundle holds salted commitments in place of texts.

    digest: SHA-256 of the set as it was asked. replies: "kept" in the journal as scores and decisions; or "withheld", because they
    would tell the texts: then what was measured of them is beside this file.
    """

    schema: str
    set: str
    digest: str
    replies: Literal["kept", "withheld"]


class PassedOn(Struct, frozen=True):
    """`run/bundled.json`: what the bundle's maker says beside the run. personal_data: kind → in how many texts; because: why they may be passed on."""

    schema: str
    personal_data: dict[str, int]
    because: str


class Bundled(Struct, frozen=True):
    """A bundle as made. digest: its identity; withheld: file → why; sets: the private sets whose texts are not in it; signed_by: empty without a key."""

    bundle: str
    digest: str
    size: int
    files: int
    withheld: dict[str, str]
    sets: tuple[str, ...]
    signed_by: str = ""


class Difference(Struct, frozen=True, rename={"now": "is"}):
    """One value of a bundle that is not what was recomputed. was: in the bundle; now (in JSON: `is`): recomputed; None where there is none (`kind`).

    by: recomputed minus stated, of two numbers; of two dates, in days.
    """

    file: str
    path: str
    was: Json
    now: Json
    kind: Literal["changed", "only_stated", "only_recomputed", "order"] = "changed"
    by: float | None = None


class CheckedAgain(Struct, frozen=True):
    """One evidence file, held to its standard once more. outcome "not_checked": it, or what its checker reads beside it, is not in the bundle."""

    file: str
    outcome: Literal["same", "differs", "not_checked"]
    because: str = ""


class Standing(Struct, frozen=True):
    """How a part that ships with this program (a checklist, the policy, a fixture set) stands to what ships here."""

    what: str
    edition: str
    standing: Literal["as_shipped", "altered", "other_edition", "own"]
    because: str = ""


class NotRecomputed(Struct, frozen=True):
    """What rests on the maker's word alone, and why."""

    what: str
    because: str


class Verification(Struct, frozen=True):
    """What `audit verify` prints as JSON. outcome: the worst of what was found; sentence: the end of it in plain words.

    altered: files that are not as bundle.json lists them. made_with, here_with: the versions that differ, the maker's and here. compared: how many
    values were held against recomputed ones; rounding: how many of these differ by less than a billionth. differences: at most the first
    1,000, of `different`. passed_on: why texts that seem to hold personal data are in it. stopped: why nothing was recomputed, empty where it was.
    """

    schema: str
    bundle: str
    digest: str
    tool: dict[str, str]
    auditor: dict[str, str]
    as_of: str
    decision: str
    checked_on: str
    outcome: Literal["holds", "not_trusted", "differs", "altered", "not_recomputed"]
    sentence: str
    altered: tuple[str, ...] = ()
    signers: tuple[Signer, ...] = ()
    keys_given: bool = False
    made_with: dict[str, str] = {}
    here_with: dict[str, str] = {}
    compared: int = 0
    rounding: int = 0
    different: int = 0
    differences: tuple[Difference, ...] = ()
    evidence: tuple[CheckedAgain, ...] = ()
    shipped: tuple[Standing, ...] = ()
    not_recomputed: tuple[NotRecomputed, ...] = ()
    passed_on: PassedOn | None = None
    stopped: str = ""
