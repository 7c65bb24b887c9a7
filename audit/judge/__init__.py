"""A language model as a judge of texts, itself audited: read, asked like a tool, examined, and only then believed."""

from audit.judge.asking import CHECKED, JUDGE, Cost, Where, ask, cost, models_in, place
from audit.judge.check import examined
from audit.judge.checked import Checked, read_checked
from audit.judge.file import Judge, read_judge
from audit.judge.heard import Answers, Heard, hear
from audit.judge.material import Material, is_reference, masked, read_material, subjects
from audit.judge.prompt import Showing, Texts, showings
from audit.judge.starter import JUDGE as STARTER

__all__ = [
    "CHECKED", "JUDGE", "STARTER", "Answers", "Checked", "Cost", "Heard", "Judge", "Material", "Showing", "Texts", "Where", "ask", "cost", "examined",
    "hear", "is_reference", "masked", "models_in", "place", "read_checked", "read_judge", "read_material", "showings", "subjects",
]
