"""Run by the oracle's own Python: do-attribution's figures for tables of paths.

Standard input: a JSON list of [rows, order]; standard output: a list of
[removal effects, shares] by channel.
"""

import json
import sys
import warnings

from do_attribution import MarkovAttribution

warnings.simplefilter("ignore")
answers = []
for rows, order in json.load(sys.stdin):
    # It takes one outcome a path, with a weight.
    outcomes = [
        (row["path"], converted, row[column])
        for row in rows
        for converted, column in ((1, "conversions"), (0, "null"))
        if row[column]
    ]
    model = MarkovAttribution(order=order, removal_strategy="redirect_to_null")
    found = model.fit(*map(list, zip(*outcomes, strict=True)))
    answers.append([found["removal_effects"], found["attribution"]])
json.dump(answers, sys.stdout)
