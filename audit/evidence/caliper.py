"""Learning events held to Caliper Analytics 1.1 and 1.2: envelopes, events and described entities (1EdTech, January 2018 and March 2020)."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from audit.evidence import activity
from audit.evidence.fields import IRI, URN_UUID, UTC_MS, Part, below, part_of, shown
from audit.evidence.specimen import Facts, Problems, Specimen

_CONTEXT = re.compile(r"https?://purl\.imsglobal\.org/ctx/caliper/v(\d)p(\d)/?")
_ENVELOPE = ("sensor", "sendTime", "dataVersion", "data")
_RUNS = "Started Paused Resumed Restarted"
_ACTIONS: dict[str, str] = {
    "AnnotationEvent": "Bookmarked Highlighted Shared Tagged",
    "AssessmentEvent": f"{_RUNS} Reset Submitted",
    "AssessmentItemEvent": "Started Skipped Completed",
    "AssignableEvent": "Activated Deactivated Started Completed Submitted Reviewed",
    "FeedbackEvent": "Commented Ranked",
    "ForumEvent": "Subscribed Unsubscribed",
    "GradeEvent": "Graded",
    "MediaEvent": (
        f"{_RUNS} Ended ForwardedTo JumpedTo ChangedResolution ChangedSize ChangedSpeed ChangedVolume EnabledClosedCaptioning "
        "DisabledClosedCaptioning EnabledCloseCaptioning DisabledCloseCaptioning EnteredFullScreen ExitedFullScreen Muted Unmuted "
        "OpenedPopout ClosedPopout"
    ),
    "MessageEvent": "MarkedAsRead MarkedAsUnRead MarkedAsUnread Posted",
    "NavigationEvent": "NavigatedTo",
    "QuestionnaireEvent": "Started Submitted",
    "QuestionnaireItemEvent": "Started Skipped Completed",
    "ResourceManagementEvent": (
        "Archived Copied Created Deleted Described Downloaded Modified Printed Published Restored Retrieved Saved Unpublished Uploaded"
    ),
    "SearchEvent": "Searched",
    "SessionEvent": "LoggedIn LoggedOut TimedOut",
    "SurveyEvent": "OptedIn OptedOut",
    "SurveyInvitationEvent": "Accepted Declined Sent",
    "ThreadEvent": "MarkedAsRead MarkedAsUnRead MarkedAsUnread",
    "ToolLaunchEvent": "Launched Returned",
    "ToolUseEvent": "Used",
    "ViewEvent": "Viewed",
}
"""Event type → its actions. Two spellings stand where the specification's text and its JSON-LD context differ."""
_OTHER = "Added Attached Classified Disliked Hid Identified Liked Linked Questioned Recommended Removed Showed"
_VOCABULARY = frozenset(" ".join((*_ACTIONS.values(), _OTHER)).split())
_OLD = frozenset(_ACTIONS) - {
    "FeedbackEvent", "QuestionnaireEvent", "QuestionnaireItemEvent", "ResourceManagementEvent", "SearchEvent", "SurveyEvent",
    "SurveyInvitationEvent", "ToolLaunchEvent",
}
_EVENT = (
    "@context", "id", "type", "profile", "actor", "action", "object", "eventTime", "target", "generated", "edApp", "referrer", "group",
    "membership", "session", "federatedSession", "extensions",
)
_PEOPLE = ("Person", "Agent")
_ROLES = ("actor", "member", "user", "assignee", "annotator", "commenter", "creator", "creators", "rater", "scoredBy")
"""Members that hold a person, as an object or as the person's id."""


class _Seen(NamedTuple):
    """What the file shows so far: versions, event types, event ids, what is told of people."""

    versions: set[str]
    types: set[str]
    ids: set[str]
    told: set[str]


def recognises(specimen: Specimen) -> bool:
    """Return whether the first value is a Caliper envelope, event or described entity."""
    row = activity.first_row(specimen)
    if not isinstance(row, dict):
        return False
    envelope = "data" in row and sum(name in row for name in ("sensor", "sendTime", "dataVersion")) > 1
    return envelope or bool(_version_of(row.get("@context"))) or _version_of(row.get("dataVersion")) != ""


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return the version, the number of events and entities, and what they tell of people."""
    seen = _Seen(set(), set(), set(), set())
    counts = {"events": 0, "entities": 0}
    for path, row in activity.rows(specimen, problems):
        activity.note_people(row, path, problems)
        for part, version, sent in _payload(row, path, seen, problems):
            is_event = "action" in part.members or str(part.members.get("type")).endswith("Event")
            counts["events" if is_event else "entities"] += 1
            if is_event:
                _event(part._replace(rule="event"), version, sent, seen, specimen)
            else:
                _entity(part._replace(rule="entity"), version)
            _people(part, seen)
    facts: Facts = {**counts, "event_types": [*sorted(seen.types)]}
    if seen.versions:
        facts["version"] = ", ".join(sorted(seen.versions))
    return facts | {f"requests_{what}": True for what in ("names", "email") if what in seen.told}


def _version_of(context: Any) -> str:
    """Return the version that a @context or dataVersion names, "1.2"; empty for anything else."""
    for one in reversed(context) if isinstance(context, list) else [context]:
        match = _CONTEXT.fullmatch(one) if isinstance(one, str) else None
        if match:
            return f"{match[1]}.{match[2]}"
    return ""


def _payload(row: Any, path: str, seen: _Seen, problems: Problems) -> Iterator[tuple[Part, str, str]]:
    """Yield what an envelope carries: the event or entity, the envelope's version, its sendTime."""
    part = part_of(row, path, "envelope", problems)
    if part is None:
        return
    if not any(name in part.members for name in ("data", "sendTime", "dataVersion")):
        problems.error("envelope", path, "an event or entity stands alone", "Caliper data are sent inside an envelope: sensor, sendTime, dataVersion, data.")
        yield part, _version_of(part.members.get("@context")), ""
        return
    part.only(_ENVELOPE, "An envelope has no members of one's own.")
    sensor = part.text("sensor", required=True)
    if sensor and not IRI.fits(sensor):
        part.warning("sensor", f"should be {IRI.what}")
    sent = part.text("sendTime", UTC_MS, required=True) or ""
    version = _version_of(part.text("dataVersion", required=True))
    if "dataVersion" in part.members and version not in ("1.1", "1.2"):
        part.error("dataVersion", "must be http://purl.imsglobal.org/ctx/caliper/v1p1 or …/v1p2", "Caliper 1.0 is withdrawn." if version else "")
    seen.versions.update({version} - {""})
    data = list(part.parts("data", "data", required=True))
    if part.members.get("data") == []:
        part.error("data", "is empty: an envelope carries one event or entity at least")
    yield from ((one, version, sent) for one in data)


def _context(part: Part, version: str) -> None:
    if not part.has("@context", required=True):
        return
    context = part.members["@context"]
    if not isinstance(context, str | list):
        part.error("@context", "must be a text or a list that ends with the Caliper context")
    elif not _version_of(context) or (isinstance(context, list) and not _version_of(context[-1])):
        part.error("@context", "the Caliper context must be there, and stand last of several", "http://purl.imsglobal.org/ctx/caliper/v1p2")
    elif version and _version_of(context) != version:
        part.error("@context", f"is of version {_version_of(context)}, the envelope of {version}")


def _event(part: Part, version: str, sent: str, seen: _Seen, specimen: Specimen) -> None:
    _context(part, version)
    identifier = part.text("id", URN_UUID, required=True)
    if identifier in seen.ids:
        part.error("id", "another event has the same id")
    seen.ids.update({identifier} - {None})   # type: ignore[arg-type]
    kind = _vocabulary(part, version)
    seen.types.update({kind} - {""})
    for name in ("actor", "object"):
        _reference(part, name, required=True)
    for name in ("target", "generated", "edApp", "referrer", "group", "membership", "session", "federatedSession"):
        _reference(part, name, required=False)
    if version == "1.2" and not part.text("profile"):
        part.warning("profile", "an event of 1.2 names its profile, such as AssessmentProfile")
    time = part.text("eventTime", UTC_MS, required=True)
    if time and sent and time > sent:
        part.warning("eventTime", "is later than the envelope's sendTime: is the clock right?")
    elif time and time[:10] > specimen.today.isoformat():
        part.warning("eventTime", "lies in the future")
    part.only(_EVENT, "Put what is your own into extensions.")


def _vocabulary(part: Part, version: str) -> str:
    """Check type and action against the vocabulary of the version, and return the type if it is known."""
    kind, action = part.text("type", required=True), part.text("action", required=True)
    if action and action not in _VOCABULARY:
        part.error("action", f"{shown(action)} is not in Caliper's vocabulary")
    if kind == "Event" or not kind:
        return kind or ""
    if kind not in _ACTIONS:
        part.error("type", f"{shown(kind)} is no event type of Caliper", "Use Event for one of your own kind.")
        return ""
    if version == "1.1" and kind not in _OLD:
        part.warning("type", f"{kind} came with 1.2; in 1.1 it needs an extension profile")
    if action in _VOCABULARY and action not in _ACTIONS[kind].split():
        part.error("action", f"{shown(action)} is no action of {kind}", f"One of: {', '.join(_ACTIONS[kind].split())}."[:250])
    return kind


def _reference(part: Part, name: str, *, required: bool) -> None:
    """Check an entity within an event: its IRI, or an object with id and type."""
    if not part.has(name, required=required):
        return
    value = part.members[name]
    if isinstance(value, dict):
        entity = Part(value, part.at(name), name.lower(), part.problems)
        _identifier(entity)
        entity.text("type", required=True)
    elif not isinstance(value, str) or not _is_id(value):
        part.error(name, "must be an object, or the whole IRI of one")


def _is_id(text: str) -> bool:
    return IRI.fits(text) or text.startswith("_:")


def _identifier(entity: Part) -> None:
    identifier = entity.text("id", required=True)
    if identifier and not _is_id(identifier):
        entity.error("id", f"must be {IRI.what}, or a blank node _:…")


def _entity(part: Part, version: str) -> None:
    _context(part, version)
    _identifier(part)
    part.text("type", required=True)


def _people(part: Part, seen: _Seen) -> None:
    """Warn of what tells who a person is: a name, an e-mail address, a login, an IP address."""
    stack: list[tuple[Any, str, str]] = [(part.members, part.path, "")]
    while stack:
        one, path, role = stack.pop()
        if isinstance(one, dict):
            _person(Part(one, path, "person", part.problems), seen, is_person=one.get("type") in _PEOPLE or role in _ROLES)
            stack.extend((inner, below(path, name), name) for name, inner in one.items())
        elif isinstance(one, list):
            stack.extend((inner, f"{path}[{i}]", role) for i, inner in enumerate(one))
        elif isinstance(one, str) and role in _ROLES and activity.has_email(one):
            _told(part.problems, "email", path, "the person's id holds an e-mail address", seen)


def _person(one: Part, seen: _Seen, *, is_person: bool) -> None:
    if "ipAddress" in one.members:
        one.warning("ipAddress", "an IP address points to a household", "Leave it out, or say why it is needed.")
    if one.members.get("identifierType") in ("EmailAddress", "AccountUserName"):
        what = "an e-mail address" if one.members["identifierType"] == "EmailAddress" else "a login name"
        _told(one.problems, "email" if "mail" in what else "", one.at("identifierType"), f"the person is identified by {what}", seen)
    if not is_person or one.members.get("type") in ("SoftwareApplication", "Organization", "Group", "CourseSection"):
        return
    if one.members.get("name"):
        _told(one.problems, "names", one.at("name"), "the event names the person", seen)
    identifier = one.members.get("id")
    if isinstance(identifier, str) and activity.has_email(identifier):
        _told(one.problems, "email", one.at("id"), "the person's id holds an e-mail address", seen)
    extensions = one.members.get("extensions")
    if isinstance(extensions, dict) and any("mail" in name.lower() for name in extensions):
        _told(one.problems, "email", one.at("extensions"), "an e-mail address is sent along", seen)


def _told(problems: Problems, told: str, where: str, what: str, seen: _Seen) -> None:
    seen.told.add(told)
    problems.warning("person.pseudonym", where, what, "Send an identifier that only the district can resolve.")
