"""Run by the oracle's own Python: ChannelAttribution's conversions for a table of paths.

Standard input: a JSON object of `rows`, `order` and its options; standard output: conversions
by channel, removal effects by channel, and the seconds it took.
"""

import contextlib
import json
import os
import sys
import time

import pandas as pd

with contextlib.redirect_stdout(sys.stderr):  # it advertises on import
    import ChannelAttribution

asked = json.load(sys.stdin)
paths = pd.DataFrame(asked["rows"])
# Some of its messages come from C: only another file descriptor keeps them out.
answer_to = os.dup(1)
os.dup2(2, 1)
start = time.perf_counter()
found = ChannelAttribution.markov_model(
    paths,
    "path",
    "conversions",
    var_null="null",
    order=asked["order"],
    out_more=True,
    flg_pro=False,
    verbose=False,
    **asked["options"],
)
seconds = time.perf_counter() - start
credits, effects = found["result"], found["removal_effects"]
with os.fdopen(answer_to, "w") as answers:
    json.dump(
        {
            "conversions": dict(
                zip(credits["channel_name"], credits["total_conversions"], strict=True)
            ),
            "effects": dict(
                zip(effects["channel_name"], effects.iloc[:, 1].astype(float), strict=True)
            ),
            "seconds": seconds,
        },
        answers,
    )
