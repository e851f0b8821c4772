# SPDX-License-Identifier: Apache-2.0
"""Whether two answers of the query API say the same.

Floats are the same to the last bit, or differ by no more than TOLERANCE of the larger one: sums depend on the order in which series
are added, which neither server promises.
"""
TOLERANCE = 1e-10
NEAR_ZERO = 0.0  # Differences up to this are none, whatever the size.


def same_number(a, b):
    a, b = float(a), float(b)
    if a != a or b != b:
        return a != a and b != b
    return a == b or abs(a - b) <= max(NEAR_ZERO, TOLERANCE * max(abs(a), abs(b)))


def same_histogram(a, b):
    if not same_number(a["count"], b["count"]) or not same_number(a["sum"], b["sum"]):
        return False
    # An empty bucket times infinity is not a number, where a storage keeps empty buckets.
    left, right = ([bucket for bucket in h.get("buckets") or [] if bucket[3] != "NaN"] for h in (a, b))
    return len(left) == len(right) and all(
        x[0] == y[0] and all(same_number(p, q) for p, q in zip(x[1:], y[1:])) for x, y in zip(left, right))


def points(series):
    """{time: value}, values being texts or histograms."""
    out = {}
    for key in ("values", "histograms"):
        out.update({round(float(t) * 1000): v for t, v in series.get(key) or []})
    for key in ("value", "histogram"):
        if key in series:
            out[round(float(series[key][0]) * 1000)] = series[key][1]
    return out


def label_key(metric):
    return tuple(sorted(metric.items()))


def by_labels(result):
    out = {}
    for series in result:
        key = label_key(series["metric"])
        if key in out:
            raise ValueError(f"series {key} occurs twice")
        out[key] = points(series)
    return out


def same_value(a, b):
    if isinstance(a, str) and isinstance(b, str):
        return same_number(a, b)
    return isinstance(a, dict) and isinstance(b, dict) and same_histogram(a, b)


def show(key):
    return "{" + ",".join(f'{k}="{v}"' for k, v in key) + "}"


def show_pair(a, b):
    """Two values; of histograms only what is different."""
    if not (isinstance(a, dict) and isinstance(b, dict)):
        return f"{a} and {b}"
    out = [f"{key} {a[key]} and {b[key]}" for key in ("count", "sum") if not same_number(a[key], b[key])]
    left, right = ([tuple(bucket) for bucket in h.get("buckets") or []] for h in (a, b))
    return f"histograms: {', '.join(out)} buckets {sorted(set(left) - set(right))} and {sorted(set(right) - set(left))}"


def differ_in_series(left, right):
    """What is different between two results by label set, or None."""
    for key in sorted(set(left) | set(right)):
        if key not in right or key not in left:
            which = "first" if key in left else "second"
            some = dict(list((left.get(key) or right.get(key)).items())[:3])
            return f"only the {which} has {show(key)}: {some}"
        times = sorted(set(left[key]) | set(right[key]))
        for t in times:
            a, b = left[key].get(t), right[key].get(t)
            if a is None or b is None or not same_value(a, b):
                return f"{show(key)} at {t / 1000}: {show_pair(a, b)}"
    return None


def differ_in_values(left, right):
    """The same with ties: at every time the same values must be there, whichever series they are of."""
    def columns(result):
        out = {}
        for series in result.values():
            for t, v in series.items():
                out.setdefault(t, []).append(v)
        return out
    one, other = columns(left), columns(right)
    number = lambda v: (float(v) != float(v), float(v)) if isinstance(v, str) else (True, 0.0)
    for t in sorted(set(one) | set(other)):
        a, b = sorted(one.get(t, []), key=number), sorted(other.get(t, []), key=number)
        if len(a) != len(b) or not all(same_value(x, y) for x, y in zip(a, b)):
            return f"at {t / 1000}: {a} and {b}"
    return None


def differ(first, second, ties=False, notes=lambda text: text):
    """What is different between two (status, body) pairs, or None. `ties`: which of equal elements is chosen does not matter.
    `notes`: what to compare of a warning or info; None: nothing."""
    (status_a, a), (status_b, b) = first, second
    if status_a != status_b or a["status"] != b["status"]:
        texts = [f"{s} {body.get('error', body['status'])}" for s, body in (first, second)]
        return f"{texts[0]} and {texts[1]}"
    if a["status"] == "error":
        return None if a["errorType"] == b["errorType"] else f"error {a['errorType']} and {b['errorType']}"
    if a["data"]["resultType"] != b["data"]["resultType"]:
        return f"a {a['data']['resultType']} and a {b['data']['resultType']}"
    if a["data"]["resultType"] in ("scalar", "string"):
        x, y = a["data"]["result"], b["data"]["result"]
        if a["data"]["resultType"] == "string":
            return None if x == y else f"{x} and {y}"
        return None if round(float(x[0]) * 1000) == round(float(y[0]) * 1000) and same_number(x[1], y[1]) else f"{x} and {y}"
    try:
        left, right = by_labels(a["data"]["result"]), by_labels(b["data"]["result"])
    except ValueError as error:
        return str(error)
    found = differ_in_values(left, right) if ties else differ_in_series(left, right)
    if found:
        return found
    for kind in ("warnings", "infos"):
        if all("omitted" in " ".join(body.get(kind) or []) for body in (a, b)):
            continue  # Any ten of many.
        x, y = (set(map(notes, body.get(kind) or [])) - {None} for body in (a, b))
        if x != y:
            return f"{kind}: only the first has {sorted(x - y)}, only the second {sorted(y - x)}"
    return None


def exactly_equal(first, second):
    """Whether all numbers are the same texts."""
    return first[1].get("data") == second[1].get("data")
