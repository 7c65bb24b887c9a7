"""The plan that `audit init` writes: commented, ready to be edited, checked by the tests."""

import json

CONNECT = {
    "http": '''adapter = "http"
url = "https://api.example.com/v1/score"
headers = { Authorization = "Bearer ${TOOL_API_KEY}" }   # ${NAME} is read from the environment, and kept nowhere
body = { text = "{{ text }}" }                           # {{ name }} fills from the probe's input
reply = "score"                                          # a JMESPath to what is read; the whole reply without it
rate = "120/min"
timeout = 60
retries = 3''',
    "chat": '''adapter = "chat"
base_url = "https://api.example.com/v1"
model = "name-of-the-model"
api_key = "${TOOL_API_KEY}"                              # read from the environment, and kept nowhere
temperature = 0
rate = "60/min"''',
    "command": '''adapter = "command"
argv = ["python", "tool.py"]    # one JSON object a line in: {"id": "…", "input": {…}}; one out: {"id": "…", "output": …}
workers = 1''',
    "python": '''adapter = "python"
call = "tool:answer"            # the function answer(input) in tool.py beside this plan''',
    "browser": '''adapter = "browser"
url = "https://tool.example.com/chat"   # docs/browser.md: how to find what stands in the steps; `audit check PLAN --ping` shows what they see
steps = [
  { fill = "textarea", with = "{{ prompt }}" },
  { press = "Enter" },
  { wait = ".answer" },
  { settle = ".answer", for = 5 },      # its text is there, and has not changed for 5 seconds
  { read = ".answer" },
]
# profile = "profile"                   # where one must log in: `audit login PLAN` opens a window once; a test account, never a student's
# logged_in = "text=Log out"            # what is on the page only then
rate = "6/min"
timeout = 120''',
    "transcript": '''adapter = "transcript"
file = "worksheet.xlsx"         # `audit run` writes it; paste the tool's answers into it; run again
paste = "text"                  # the bare text, for a product that judges texts; "prompt": a whole question, for a chat''',
    "scripted": '''adapter = "scripted"           # a stand-in, to try the audit out: no tool is asked
answers = "decision"
base_rate = 0.2''',
}


_PLAN = '''# What to audit, and how. `audit check plan.toml` says what it would ask and cost, before anything is spent.

[tool]
name = "Name of the product"
vendor = "Name of the company"
version = "2026.11"             # a new audit is due when this changes
use_cases = ["{use_case}"]
audience = ["teachers"]         # teachers | students | families | staff
# What follows decides which questions apply; what is not stated leaves them asked (docs/checklists.md).
# student_data = "record"       # none | directory | record | sensitive: what it holds about students
# ages = ["under-13", "13-17"]  # under-13 | 13-17 | adult: of the people who use it
# features = ["generative"]     # generative | chat | voice | recording | decides | agent; [] for none of them

[auditor]
organisation = "Name of your district"
role = "district"               # district | state | vendor | independent: shown on every page

[connect]
{connect}

[design]
fixtures = [{names}]   # shipped sets (audit list fixtures), or folders of your own
repeats = {repeats}                     # the same probe asked again: the tool's own noise
seed = 20261121
{fewer}                      # fewer base items of each set: cheaper, and less can be shown
{only}      # only some of a set's attributes (audit fixtures show SET)

# [budget]                      # the run stops before it passes one
# calls = 2000
# dollars = 25.0
# price = {{ per_call = 0.002 }}

[checklists]
use = ["safe", "evidence-based", "inclusive", "usable", "interoperable"]
overlays = [{states}]             # your state's questions (audit list overlays), or a file of your own
answers = "answers.xlsx"        # fill in what you and the vendor know; leave the rest empty
evidence = "evidence/"          # put the files here that the answers name

[report]
languages = ["en"]              # of the documents: "en", "es"; the first is that of scorecard.html

# [policy]
# file = "policy.toml"          # your own margins and consequences; the shipped default otherwise
'''


def plan_text(
    *, use_case: str, sets: list[str], adapter: str, overlays: list[str], attribute: str | None = None, items: int | None = None
) -> str:
    """Return a plan for a use case, with every key that people change explained. attribute, items: what is asked of them; all without."""
    names, states = (", ".join(json.dumps(name, ensure_ascii=False) for name in some) for some in (sets, overlays))
    repeats = 1 if adapter == "transcript" else 3
    fewer = "# items = 20" if items is None else f"items = {items}"
    only = '# attributes = ["dialect"]' if attribute is None else f'attributes = ["{attribute}"]'
    return _PLAN.format(use_case=use_case, connect=CONNECT[adapter], names=names, repeats=repeats, fewer=fewer, only=only, states=states)
