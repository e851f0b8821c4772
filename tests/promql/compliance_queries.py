# SPDX-License-Identifier: Apache-2.0
"""The queries of the PromQL compliance tester (github.com/prometheus/compliance), expanded from its templates. The file of templates
is not part of this repository; the lists of values live in the tester's own code, not in the file."""
import itertools
import re

VALUES = {
    "range": "1s 15s 1m 5m 15m 1h",
    "offset": "1m 5m 10m",
    "simpleAggrOp": "sum avg max min count stddev stdvar",
    "simpleTimeAggrOp": "sum avg max min count stddev stdvar absent last",
    "topBottomOp": "topk bottomk",
    "quantile": "-0.5 0.1 0.5 0.75 0.95 0.90 0.99 1 1.5",
    "arithBinOp": "+ - * / % ^",
    "compBinOp": "== != < > <= >=",
    "binOp": "+ - * / % ^ == != < > <= >=",
    "simpleMathFunc": "abs ceil floor exp sqrt ln log2 log10 round",
    "extrapolatedRateFunc": "delta rate increase",
    "clampFunc": "clamp_min clamp_max",
    "instantRateFunc": "idelta irate",
    "dateFunc": "day_of_month day_of_week days_in_month hour minute month year",
    "smoothingFactor": "0.1 0.5 0.8",
    "trendFactor": "0.1 0.5 0.8",
}


def scalar(text):
    """A plain or quoted YAML scalar on one line."""
    text = text.strip()
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return text[1:-1] if text.startswith('"') else text


def templates(text):
    """The entries of `test_cases`, each a dict; only as much of YAML as that file uses."""
    entries = []
    inside = False
    for line in text.splitlines():
        stripped = line.strip()
        if stripped == "test_cases:":
            inside = True
            continue
        if not inside or not stripped:
            continue
        if stripped.startswith("- "):
            entries.append({})
            stripped = stripped[2:].strip()
        if stripped.startswith("#"):
            continue
        key, value = stripped.split(":", 1)
        if key == "variant_args":
            entries[-1][key] = [scalar(item) for item in value.strip()[1:-1].split(",")]
        else:
            entries[-1][key] = scalar(value)
    return entries


def expand(text):
    """[(query, whether it must fail)] of a file of templates."""
    out = []
    for entry in templates(text):
        names = entry.get("variant_args", [])
        for chosen in itertools.product(*(VALUES[name].split() for name in names)):
            values = dict(zip(names, chosen))
            query = re.sub(r"{{\s*\.(\w+)\s*}}", lambda found: values[found.group(1)], entry["query"])
            out.append((query, entry.get("should_fail") == "true"))
    return out
