# SPDX-License-Identifier: Apache-2.0
"""Random well-typed PromQL over the metrics of fuzz_data, as trees that can be taken apart again.

Left out is what may differ: `info` of Prometheus 3.5 drops elements that have an info series at other steps only. `limitk` and
`limit_ratio` choose by an order and a hash that are the server's own, so it is asked how many they choose, or for all or none. `topk`
is compared by values (`ties`).
"""
import fuzz_data

# Name: labels beside job and instance.
FLOATS = {"c_total": (), "g": (), "u": (), "r_total": ("path",), "n": ("zone",), "lat_bucket": ("le",), "lat_count": ()}
NATIVE = {"h": (), "hf": (), "hg": (), "hc": (), "m": ()}
COUNTERS = tuple(FLOATS) + ("h", "hf", "hc", "m")
METRICS = {**FLOATS, **NATIVE, '"with.dot"': ('"dotted.label"',)}

DURATIONS = ("1s", "15s", "16s", "30s", "37s", "1m", "90s", "2m", "5m", "7m30s", "20m")
MATH = ("abs", "sqrt", "exp", "ln", "log2", "log10", "sgn", "deg", "rad", "asin", "acos", "atan",
        "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
DATES = ("minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year")
RANGES = ("rate", "increase", "delta", "irate", "idelta", "resets", "changes", "deriv", "sum_over_time", "avg_over_time", "min_over_time",
          "max_over_time", "count_over_time", "last_over_time", "stddev_over_time", "stdvar_over_time", "present_over_time",
          "absent_over_time", "mad_over_time", "ts_of_min_over_time", "ts_of_max_over_time", "ts_of_last_over_time")
AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group")
ARITHMETIC = ("+", "-", "*", "/", "%", "^")
COMPARISON = ("==", "!=", ">", "<", ">=", "<=")
NUMBERS = ("0", "1", "-1", "2", "0.5", "3", "10", "0.1", "NaN", "Inf", "-Inf")
QUANTILES = ("0", "0.1", "0.5", "0.9", "0.99", "1", "-1", "2", "NaN")


class Node:
    """A piece of a query. `kind`: vector, scalar or range. Parts are texts and further nodes."""

    def __init__(self, kind, *parts, ties=False):
        self.kind, self.parts, self.ties = kind, parts, ties

    def __str__(self):
        return "".join(map(str, self.parts))

    def children(self):
        return [part for part in self.parts if isinstance(part, Node)]

    def descendants(self):
        for child in self.children():
            yield child
            yield from child.descendants()

    def smaller(self):
        """Trees in which one node is replaced by something of its kind below it, smallest first."""
        found = [d for d in self.descendants() if d.kind == self.kind]
        for i, part in enumerate(self.parts):
            if isinstance(part, Node):
                for replacement in part.smaller():
                    found.append(Node(self.kind, *self.parts[:i], replacement, *self.parts[i + 1:], ties=self.ties))
        return sorted(found, key=lambda node: len(str(node)))


class Generator:
    def __init__(self, rng):
        self.rng = rng

    def query(self):
        """A whole query."""
        chance, depth = self.rng.random(), self.rng.choice((1, 2, 2, 3, 3, 4))
        if chance < 0.06:
            name = self.rng.choice(("topk", "bottomk"))
            return Node("vector", name, self.grouping(), "(", self.rng.choice(("0", "1", "2", "5", "1.9")), ", ", self.vector(depth), ")",
                        ties=True)
        return self.scalar(depth) if chance < 0.1 else self.vector(depth)

    # ---- selectors -----------------------------------------------------------------------------------------------------

    def matchers(self, metric):
        """Of different labels: which of two on one label `absent` goes by depends on how a storage sorts them."""
        plain = {"job": ("api", "db"), "instance": ("0", "1", "2"), "path": ("/", "/x", ""), "zone": ("a", "b", ""), "le": ("+Inf", "1"),
                 '"dotted.label"': ("x", "y")}
        regexes = {"job": ("a.*", ".+", "db|x"), "instance": ("[12]", "0|2", ".*"), "path": ("/x|/y", "/.*", ""), "zone": ("a|b", ".*"),
                   "le": (".*5", "1|2.*"), '"dotted.label"': ("x|y", "[^x]")}
        out = []
        for label in self.rng.sample(("job", "instance") + METRICS[metric], self.rng.choice((0, 0, 0, 1, 1, 2))):
            operator = self.rng.choice(("=", "=", "!=", "!=", "=~", "=~", "!~"))
            out.append(f'{label}{operator}"{self.rng.choice((regexes if "~" in operator else plain)[label])}"')
        return out

    def modifiers(self):
        out = ""
        if self.rng.random() < 0.12:
            out += f' offset {self.rng.choice(("", "-"))}{self.rng.choice(DURATIONS)}'
        if self.rng.random() < 0.08:
            at = self.rng.choice(("start()", "end()", f"{(fuzz_data.START_MS + self.rng.randrange(3_000_000)) / 1000:.3f}"))
            out += f" @ {at}"
        return out

    def selector(self, metrics=METRICS):
        metric = self.rng.choice(tuple(metrics))
        matchers = self.matchers(metric)
        if metric.startswith('"'):
            return "{" + ", ".join([metric] + matchers) + "}"
        if self.rng.random() < 0.02:
            matchers.append(f'__name__=~"{metric}|g"')
            return "{" + ", ".join(matchers) + "}"
        return metric + ("{" + ", ".join(matchers) + "}" if matchers else "")

    def instant(self, metrics=METRICS):
        return Node("vector", self.selector(metrics), self.modifiers())

    def range(self, depth, metrics=METRICS):
        if depth > 0 and self.rng.random() < 0.25:
            step = self.rng.choice(("", "15s", "20s", "1m"))
            return Node("range", self.grouped(self.vector(depth - 1)), f"[{self.rng.choice(DURATIONS[2:-1])}:{step}]", self.modifiers())
        return Node("range", self.selector(metrics), f"[{self.rng.choice(DURATIONS)}]", self.modifiers())

    # ---- scalars -------------------------------------------------------------------------------------------------------

    def scalar(self, depth):
        pick = self.rng.random()
        if depth <= 0 or pick < 0.5:
            return Node("scalar", self.rng.choice(NUMBERS + ("time()", "pi()")))
        if pick < 0.7:
            return Node("scalar", "scalar(", self.vector(depth - 1), ")")
        if pick < 0.8:
            return Node("scalar", "-", self.grouped(self.scalar(depth - 1)))
        bool_word, operator = "", self.rng.choice(ARITHMETIC + COMPARISON)
        if operator in COMPARISON:
            bool_word = "bool "
        return Node("scalar", self.grouped(self.scalar(depth - 1)), f" {operator} {bool_word}", self.grouped(self.scalar(depth - 1)))

    @staticmethod
    def grouped(node):
        return Node(node.kind, "(", node, ")")

    def number(self, choices):
        """A parameter: mostly a literal."""
        return Node("scalar", self.rng.choice(choices)) if self.rng.random() < 0.9 else self.scalar(1)

    # ---- vectors -------------------------------------------------------------------------------------------------------

    def vector(self, depth):
        if depth <= 0:
            return self.instant()
        makers = ((self.over_range, 26), (self.aggregation, 18), (self.binary, 20), (self.math, 8), (self.of_histogram, 10),
                  (self.labels, 4), (self.other, 8), (lambda d: self.instant(), 6))
        return self.rng.choices([m for m, _ in makers], [w for _, w in makers])[0](depth)

    # What Prometheus 3.5 answers otherwise than later versions, or by the layout of its chunks: the median of NaN, rates of histograms
    # that may have begun at zero, and whether two histograms are the same.
    ONLY_OVER = {"mad_over_time": ("g", "u", "c_total"), "changes": tuple(FLOATS), "rate": COUNTERS, "increase": COUNTERS,
                 "irate": COUNTERS}

    def over_range(self, depth):
        name = self.rng.choice(RANGES + ("rate", "increase", "quantile_over_time", "predict_linear", "double_exponential_smoothing"))
        argument = self.range(0, self.ONLY_OVER[name]) if name in self.ONLY_OVER else self.range(depth - 1)
        if name == "quantile_over_time":
            return Node("vector", name, "(", self.number(QUANTILES), ", ", argument, ")")
        if name == "predict_linear":
            return Node("vector", name, "(", argument, ", ", self.number(("0", "60", "-600")), ")")
        if name == "double_exponential_smoothing":
            return Node("vector", name, "(", argument, ", ", self.rng.choice(("0.1", "0.5", "0.9")), ", 0.3)")
        return Node("vector", name, "(", argument, ")")

    def grouping(self):
        pick = self.rng.random()
        if pick < 0.3:
            return ""
        labels = ", ".join(self.rng.sample(("job", "instance", "path", "le", "zone", "nothing"), self.rng.randrange(0, 3)))
        return f' {"by" if pick < 0.75 else "without"} ({labels}) '

    def aggregation(self, depth):
        pick = self.rng.random()
        if pick < 0.1:
            # A literal: 3.5 reuses the memory of other parameters before it is done with them.
            return Node("vector", "quantile", self.grouping(), "(", self.rng.choice(QUANTILES), ", ", self.vector(depth - 1), ")")
        if pick < 0.15:
            return Node("vector", "count_values", self.grouping(), '("value", ', self.instant(("n", "r_total", "h")), ")")
        if pick < 0.2:  # Values that never tie.
            return Node("vector", self.rng.choice(("topk", "bottomk")), self.grouping(), "(2, ", self.instant(("u",)), ")")
        if pick < 0.23:
            return self.limited(depth)
        if pick < 0.3:  # Of large numbers close to each other, little is left that does not depend on their order.
            return Node("vector", self.rng.choice(("stddev", "stdvar")), self.grouping(), "(", self.instant(FLOATS), ")")
        return Node("vector", self.rng.choice(AGGREGATIONS), self.grouping(), "(", self.vector(depth - 1), ")")

    def limited(self, depth):
        """limitk and limit_ratio, where what they choose is no secret of the server."""
        argument, grouping = self.vector(depth - 1), self.grouping()
        if self.rng.random() < 0.4:
            return Node("vector", "limit_ratio", grouping, "(", self.rng.choice(("0", "1", "-1", "1.5", "-2")), ", ", argument, ")")
        if self.rng.random() < 0.3:
            return Node("vector", "limitk", grouping, "(1000, ", argument, ")")
        some = Node("vector", "limitk", grouping, "(", self.rng.choice(("0", "1", "2", "3.5", "-1")), ", ", argument, ")")
        return Node("vector", "count", grouping, "(", some, ")")

    def matching(self):
        pick = self.rng.random()
        if pick < 0.35:
            return ""
        if pick < 0.6:
            return f'on ({self.rng.choice(("job, instance", "job, instance", "job", ""))}) '
        if pick < 0.75:
            return f'ignoring ({self.rng.choice(("path", "le", "zone, path, le", "instance"))}) '
        side = self.rng.choice(("group_left", "group_right"))
        return f'on ({self.rng.choice(("job, instance", "job, instance", "job"))}) {side} ({self.rng.choice(("", "path", "zone"))}) '

    def binary(self, depth):
        pick = self.rng.random()
        if pick < 0.15:
            operator = self.rng.choice(("and", "or", "unless"))
            return Node("vector", self.grouped(self.vector(depth - 1)), f" {operator} ", self.rng.choice(("", "on (job) ", "ignoring (path) ")),
                        self.grouped(self.vector(depth - 1)))
        operator = self.rng.choice(ARITHMETIC + ARITHMETIC[:4] * 2 + COMPARISON)
        bool_word = "bool " if operator in COMPARISON and self.rng.random() < 0.4 else ""
        if pick < 0.6:
            sides = [self.grouped(self.vector(depth - 1)), self.grouped(self.scalar(depth - 1))]
            self.rng.shuffle(sides)
            return Node("vector", sides[0], f" {operator} {bool_word}", sides[1])
        return Node("vector", self.grouped(self.vector(depth - 1)), f" {operator} {bool_word}{self.matching()}",
                    self.grouped(self.vector(depth - 1)))

    def math(self, depth):
        pick, argument = self.rng.random(), self.vector(depth - 1)
        if pick < 0.1:
            return Node("vector", "-", self.grouped(argument))
        if pick < 0.2:
            # Of exact numbers: half a unit is a matter of the last bit.
            return Node("vector", "round(", self.instant(FLOATS), ", ", self.number(("1", "0.5", "10", "0")), ")")
        if pick < 0.3:
            return Node("vector", "clamp(", argument, ", ", self.number(NUMBERS), ", ", self.number(NUMBERS), ")")
        if pick < 0.4:
            return Node("vector", self.rng.choice(("clamp_min", "clamp_max")), "(", argument, ", ", self.number(NUMBERS), ")")
        return Node("vector", self.rng.choice(MATH), "(", argument, ")")

    def of_histogram(self, depth):
        pick, native = self.rng.random(), True
        if self.rng.random() < 0.4:
            argument = self.instant(NATIVE)
        elif self.rng.random() < 0.6:
            name = self.rng.choice(("rate", "increase", "sum_over_time", "avg_over_time", "last_over_time"))
            inner = Node("vector", name, "(", self.range(0, ("h", "hf", "hc", "m")), ")")
            argument = inner if self.rng.random() < 0.5 else Node("vector", self.rng.choice(("sum", "avg")), self.grouping(), "(", inner, ")")
        else:
            native = False
            inner = Node("vector", "rate(", self.range(0, ("lat_bucket",)), ")")
            argument = self.rng.choice((inner, Node("vector", "sum by (le, job) (", inner, ")"), Node("vector", "lat_bucket")))
        if pick < 0.4:
            return Node("vector", "histogram_quantile(", self.number(QUANTILES), ", ", argument, ")")
        if pick < 0.55 and native:
            # Classic histograms and bounds of buckets come out wrong in Prometheus 3.5.
            return Node("vector", "histogram_fraction(", self.rng.choice(("-Inf", "-0.7", "0.2", "NaN")), ", ",
                        self.rng.choice(("0.03", "0.3", "0.7", "4.2", "Inf")), ", ", argument, ")")
        # Of anything; populations below zero have no quantiles.
        name = self.rng.choice(("count", "sum", "avg"))
        return Node("vector", f"histogram_{name}(", argument if native else self.vector(depth - 1), ")")

    def labels(self, depth):
        argument = self.vector(depth - 1)
        if self.rng.random() < 0.3:
            return Node("vector", "label_join(", argument, ', "joined", "-", "job", "instance", "path")')
        source, regex = self.rng.choice((("instance", "(.)"), ("job", "(a)(.*)"), ("path", "(.*)"), ("nothing", ""), ("job", "db|x(y)?")))
        target = self.rng.choice(("new", "job", "instance", "__name__"))
        return Node("vector", "label_replace(", argument, f', "{target}", "{self.rng.choice(("$1", "x-$1", "", "$0", "${1}y"))}", '
                    f'"{source}", "{regex}")')

    def other(self, depth):
        pick = self.rng.random()
        if pick < 0.12:
            return Node("vector", "vector(", self.scalar(depth - 1), ")")
        if pick < 0.24:
            return Node("vector", "timestamp(", self.vector(depth - 1), ")")
        if pick < 0.36:
            return Node("vector", "absent(", self.vector(depth - 1), ")")
        if pick < 0.5:
            return Node("vector", self.rng.choice(DATES), "(", self.vector(depth - 1), ")")
        if pick < 0.6:
            return Node("vector", self.rng.choice(("sort", "sort_desc")), "(", self.vector(depth - 1), ")")
        if pick < 0.7:
            return Node("vector", 'sort_by_label(', self.vector(depth - 1), ', "job", "instance")')
        return self.grouped(self.vector(depth - 1))
