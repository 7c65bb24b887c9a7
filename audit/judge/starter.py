"""The judge.toml that `audit judge init` writes: commented, ready to be edited, checked by the tests."""

JUDGE = '''# A judge of texts: a language model that answers one question about each reply with a number. Examine it before its scores
# count: `audit judge check judge.toml --out judge-check --sheets RATING` (docs/judge.md).

[judge]
id = "revision"                 # its measure is called judge_revision
title = "How much the reply asks the student to revise"
question = "How much does this feedback ask the student to revise?"
scale = [1, 5]
anchors = ["it asks for no change", "it asks to do the whole work again"]   # what the lowest and the highest score mean
unit = "points"
step = 1                        # whole points; 0.5: half points; 0: any number on the scale
mode = "single"                 # one text, one score. "pair": two guises of one item side by side, in both orders (scale [-3, 3],
                                # anchors = ["the first far more", "the second far more"])
repeats = 2                     # the same question asked again: the judge's own noise
seed = 20261122
pairs = "revision"              # 20 pairs with a planted difference: revision | warmth | specificity | a file of your own; or leave it out

[connect]                       # as for the adapter "chat" of a plan
base_url = "https://api.example.com/v1"
model = "name-of-the-model"
api_key = "${JUDGE_API_KEY}"    # read from the environment, and kept nowhere
temperature = 0
# seed = 1
max_tokens = 8
rate = "120/min"
timeout = 60
retries = 3
# json_schema = { type = "object", properties = { score = { type = "number" } }, required = ["score"], additionalProperties = false }
# reply = "score"               # with json_schema: the field that holds the score

[usable]                        # when its scores may count
agreement = 0.60                # the lower end of the 95% interval of its agreement with people, at least
# own_gap = 0.2                 # how far a group alone may move it, in points; 5% of the scale's width otherwise
readable = 0.90                 # the share of its answers that must hold a score
ordered = 0.50                  # the share of planted pairs in the right order must be above this, beyond doubt

# [budget]                      # asking stops before it passes one
# calls = 5000
# dollars = 5.0
# price = { per_1k_input_tokens = 0.00015, per_1k_output_tokens = 0.0006 }
'''
