"""Learning records held to xAPI 2.0 (IEEE 9274.1.1-2023) and 1.0.3 (ADL, 2016): one statement, a list, a result, or JSON Lines.

Statements that claim cmi5 by their context's category are also held to cmi5's rules for them (ADL, Quartz, 2016).
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from audit.evidence import activity
from audit.evidence.fields import DURATION, IRI, TIME, UUID, WEB, Part, part_of, said, shown
from audit.evidence.specimen import Facts, Problems, Specimen

_STATEMENT = ("id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments")
_SUB_STATEMENT = ("actor", "verb", "object", "result", "context", "timestamp", "attachments")
_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_ACTIVITIES = ("parent", "grouping", "category", "other")
_CONTEXT = (
    "registration", "instructor", "team", "contextActivities", "contextAgents", "contextGroups", "revision", "platform", "language",
    "statement", "extensions",
)
_RESULT = ("score", "success", "completion", "response", "duration", "extensions")
_VERSION = re.compile(r"(?:1\.0|2\.0)(?:\.\d+)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
_SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
_SYSTEM = "authority"
"""The member that names the record store or its client, no learner."""
_MOST_VERBS = 30


def recognises(specimen: Specimen) -> bool:
    """Return whether the first value is an xAPI statement, or a result that holds statements."""
    row = activity.first_row(specimen)
    if isinstance(row, dict) and isinstance(row.get("statements"), list) and set(row) <= {"statements", "more"}:
        return True
    return isinstance(row, dict) and "verb" in row and "actor" in row and "@context" not in row


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return the number of statements, their verbs, how actors are identified, and what they tell of people."""
    seen: Counter[str] = Counter()
    ids: set[str] = set()
    for path, row in activity.rows(specimen, problems):
        for part in _statements(row, path, problems):
            activity.note_people({name: value for name, value in part.members.items() if name != _SYSTEM}, part.path, problems)
            seen["statements"] += 1
            identifier = _statement(part, seen, specimen)
            if identifier and identifier.lower() in ids:
                part.error("id", "another statement has the same id")
            ids.add((identifier or "").lower())
    facts: Facts = {"statements": seen["statements"], "cmi5_statements": seen["cmi5"]}
    facts["verbs"] = [*sorted(said(name[5:]) for name in seen if name.startswith("verb:"))[:_MOST_VERBS]]
    facts["identifiers"] = [name for name in _IDENTIFIERS if seen[name]]
    versions = sorted(name[8:] for name in seen if name.startswith("version:"))
    if versions:
        facts["version"] = ", ".join(versions)
    return facts | {f"requests_{what}": True for what in ("names", "email") if seen[what]}


def _statements(row: Any, path: str, problems: Problems) -> Iterator[Part]:
    part = part_of(row, path, "statement", problems)
    if part is None:
        return
    if "statements" in part.members and "verb" not in part.members:
        yield from part.parts("statements", "statement")
    else:
        yield part


def _statement(part: Part, seen: Counter[str], specimen: Specimen) -> str | None:
    """Check a statement, and return its id."""
    part.only(_STATEMENT, "Put it into the extensions of result, context or the activity.")
    identifier = part.text("id", UUID)
    if "id" not in part.members:
        part.warning("id", "has no id: a statement sent twice is then stored twice")
    _said(part, seen, deep=True)
    version = part.text("version")
    if version is not None and not _VERSION.fullmatch(version):
        part.error("version", "must be 1.0.x or 2.0.x")
    elif version is not None:
        seen[f"version:{version}"] += 1
    for name in ("timestamp", "stored"):
        time = part.text(name, TIME)
        if time and time.endswith("-00:00"):
            part.error(name, "must not have the offset -00:00")
        if time and name == "timestamp" and time[:10] > specimen.today.isoformat():
            part.warning(name, "lies in the future")
    if "timestamp" not in part.members:
        part.warning("timestamp", "says not when it happened: the record store puts the time of arrival")
    authority = part.part(_SYSTEM, _SYSTEM)
    if authority is not None:
        _agent(authority, Counter())
    for one in part.parts("attachments", "attachment"):
        _attachment(one)
    _cmi5(part, seen)
    return identifier


def _attachment(part: Part) -> None:
    part.text("usageType", IRI, required=True)
    part.text("contentType", required=True)
    part.text("sha2", required=True)
    part.text("fileUrl", WEB)
    if part.has("length", required=True):
        part.of("length", int, "a whole number")
    if part.has("display", required=True):
        _language_map(part, "display")


def _said(part: Part, seen: Counter[str], *, deep: bool) -> None:
    """Check who did what to which object, with which result and in which context: of a statement or a SubStatement."""
    actor = part.part("actor", "actor", required=True)
    if actor is not None:
        _agent(actor, seen)
    verb = part.part("verb", "verb", required=True)
    if verb is not None:
        name = verb.text("id", IRI, required=True)
        seen.update([f"verb:{name}"] if name and deep else [])
        _language_map(verb, "display")
        if "display" not in verb.members:
            verb.warning("display", "the verb has no name that people can read")
        verb.only(("id", "display"), "Put it into context.extensions.")
    target = part.part("object", "object", required=True)
    if target is not None:
        _object(target, seen, deep=deep)
    result = part.part("result", "result")
    if result is not None:
        _result(result)
    context = part.part("context", "context")
    if context is not None:
        _context(context, seen, is_activity=target is not None and target.members.get("objectType", "Activity") == "Activity")


def _agent(part: Part, seen: Counter[str], *, member: bool = False) -> None:
    """Check an Agent or Group: one identifier exactly, or for a group without one its members."""
    kind = part.members.get("objectType", "Agent")
    if kind not in ("Agent", "Group") or (member and kind == "Group"):
        part.error("objectType", "must be Agent" if member else "must be Agent or Group")
    used = [name for name in _IDENTIFIERS if name in part.members]
    members = list(part.parts("member", part.rule)) if kind == "Group" else []
    if len(used) > 1:
        part.problems.error(f"{part.rule}.identifier", part.path, f"has {len(used)} identifiers ({', '.join(used)}), and must have one")
    elif not used and not members:
        part.problems.error(f"{part.rule}.identifier", part.path, "has no identifier: account, mbox, mbox_sha1sum or openid")
    known = ("objectType", "name", *_IDENTIFIERS, *(("member",) if kind == "Group" else ()))
    part.only(known, "Send nothing more about a person.")
    for one in members:
        _agent(one, seen, member=True)
    _identifier(part, used, seen)
    if part.text("name") and kind != "Group" and part.rule != _SYSTEM:
        seen["names"] += 1
        part.problems.warning("person.pseudonym", part.at("name"), "the statement names the person", "Leave the name out: the account identifies.")


def _identifier(part: Part, used: list[str], seen: Counter[str]) -> None:
    seen.update(used)
    mail = part.text("mbox", IRI)
    if mail and not (mail.startswith("mailto:") and activity.has_email(mail)):
        part.error("mbox", "must be mailto: and one address")
    digest = part.text("mbox_sha1sum")
    if digest and not _SHA1.fullmatch(digest):
        part.error("mbox_sha1sum", "must be 40 hexadecimal digits")
    part.text("openid", IRI)
    account = part.part("account", "account")
    if account is not None:
        account.text("homePage", IRI, required=True)
        name = account.text("name", required=True)
        account.only(("homePage", "name"), "An account has these two members.")
        if name and activity.has_email(name):
            seen["email"] += 1
            part.problems.warning("person.pseudonym", account.at("name"), "the account's name is an e-mail address", "Use an opaque identifier.")
    seen["email"] += "mbox" in used
    if part.rule != _SYSTEM and ("mbox" in used or "mbox_sha1sum" in used):
        what = "the person is identified by e-mail" if "mbox" in used else "the hash of an e-mail address can be found by trying addresses"
        part.problems.warning("person.pseudonym", part.at("mbox" if "mbox" in used else "mbox_sha1sum"), what, "Use account with an opaque name.")


def _language_map(part: Part, name: str) -> None:
    table = part.part(name, f"{part.rule}.{name}")
    if table is None:
        return
    for language, text in table.members.items():
        if not _LANGUAGE.fullmatch(language):
            part.error(name, f"{shown(language)} is no language tag", "Such as en-US (RFC 5646).")
        elif not isinstance(text, str):
            part.error(name, f"the text in {shown(language)} is no text")


def _object(part: Part, seen: Counter[str], *, deep: bool) -> None:
    kind = part.members.get("objectType", "Activity")
    if kind == "Activity":
        part.text("id", IRI, required=True)
        part.only(("objectType", "id", "definition"), "Put it into definition.extensions.")
        definition = part.part("definition", "definition")
        if definition is not None:
            definition.text("type", IRI)
            definition.text("moreInfo", WEB)
            _language_map(definition, "name")
            _language_map(definition, "description")
    elif kind in ("Agent", "Group"):
        _agent(part, seen)
    elif kind == "StatementRef":
        part.text("id", UUID, required=True)
    elif kind == "SubStatement" and deep:
        part.only((*_SUB_STATEMENT, "objectType"), "A SubStatement has none of these.")
        _said(part, seen, deep=False)
    else:
        part.error("objectType", "must be Activity, Agent, Group, StatementRef or, not within itself, SubStatement")


def _result(part: Part) -> None:
    part.only(_RESULT, "Put it into result.extensions.")
    for name in ("success", "completion"):
        part.of(name, bool, "true or false")
    part.text("response")
    part.text("duration", DURATION)
    score = part.part("score", "score")
    if score is None:
        return
    score.only(("scaled", "raw", "min", "max"), "Put it into result.extensions.")
    scaled, raw, low, high = (score.of(name, (int, float), "a number") for name in ("scaled", "raw", "min", "max"))
    if scaled is not None and not -1 <= scaled <= 1:
        score.error("scaled", "must lie between -1 and 1")
    if low is not None and high is not None and low >= high:
        score.error("min", "must be less than max")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        score.error("raw", "must lie between min and max")


def _context(part: Part, seen: Counter[str], *, is_activity: bool) -> None:
    part.only(_CONTEXT, "Put it into context.extensions.")
    part.text("registration", UUID)
    for name in ("revision", "platform"):
        if part.text(name) and not is_activity:
            part.error(name, "may only stand where the object is an activity")
    language = part.text("language")
    if language and not _LANGUAGE.fullmatch(language):
        part.error("language", "must be a language tag such as en-US (RFC 5646)")
    for name in ("instructor", "team"):
        agent = part.part(name, name)
        if agent is not None:
            _agent(agent, seen)
    _around(part, seen)


def _around(part: Part, seen: Counter[str]) -> None:
    """Check the agents, groups and activities that a context names."""
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        for one in part.parts(name, name):
            named = one.part(inner, inner, required=True)
            if named is not None:
                _agent(named, seen)
    activities = part.part("contextActivities", "contextActivities")
    if activities is None:
        return
    activities.only(_ACTIVITIES, "One of parent, grouping, category, other.")
    for name in _ACTIVITIES:
        single = isinstance(activities.members.get(name), dict)
        found = [activities.part(name, "object")] if single else list(activities.parts(name, "object"))
        for activity_part in found:
            if activity_part is not None:
                _object(activity_part, seen, deep=False)


def _cmi5(part: Part, seen: Counter[str]) -> None:
    """Hold a statement that claims cmi5 to its rules: an id, a time, an account, a registration, the session."""
    context = part.members.get("context")
    activities = context.get("contextActivities") if isinstance(context, dict) else None
    category = activities.get("category") if isinstance(activities, dict) else None
    rows = category if isinstance(category, list) else [category]
    if not isinstance(context, dict) or not any(isinstance(row, dict) and row.get("id") == _CMI5 for row in rows):
        return
    seen["cmi5"] += 1
    actor = part.members.get("actor")
    if isinstance(actor, dict) and ("account" not in actor or actor.get("objectType", "Agent") != "Agent"):
        part.problems.error("cmi5.actor", part.at("actor"), "cmi5 identifies the learner by an account")
    extensions = context.get("extensions")
    missing = [name for name in ("id", "timestamp") if name not in part.members]
    missing += [] if "registration" in context else ["context.registration"]
    missing += [] if isinstance(extensions, dict) and _SESSION in extensions else ["the sessionid extension"]
    if missing:
        part.problems.error("cmi5.members", part.path, f"cmi5 requires {', '.join(missing)}")
