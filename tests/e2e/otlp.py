# SPDX-License-Identifier: Apache-2.0
"""OTLP metrics by hand: a request as OTLP's JSON has it, to the bytes of its protobuf. Shares no code with what it tests."""
import base64
import struct

from harness import field, varint


def zigzag(n):
    return varint((n << 1) ^ (n >> 63))


def tagged(number, wire, payload):
    return varint(number << 3 | wire) + payload


def fixed(number, n):
    return tagged(number, 1, struct.pack("<Q", int(n) & (1 << 64) - 1))


def double(number, value):
    return tagged(number, 1, struct.pack("<d", float(value)))


def text(number, value):
    return field(number, value.encode()) if value else b""


def each(number, items, encode):
    return b"".join(field(number, encode(item)) for item in items)


def any_value(value):
    (kind, v), = value.items() if value else ((None, None),)
    if kind is None:
        return b""
    if kind == "stringValue":
        return field(1, v.encode())
    if kind == "boolValue":
        return tagged(2, 0, varint(int(v)))
    if kind == "intValue":
        return tagged(3, 0, varint(int(v)))
    if kind == "doubleValue":
        return double(4, v)
    if kind == "arrayValue":
        return field(5, each(1, v.get("values", []), any_value))
    if kind == "kvlistValue":
        return field(6, each(1, v.get("values", []), key_value))
    if kind == "bytesValue":
        return field(7, base64.b64decode(v))
    raise ValueError(kind)


def key_value(item):
    return text(1, item["key"]) + field(2, any_value(item.get("value", {})))


def number(point, as_double, as_int):
    if "asInt" in point:
        return fixed(as_int, int(point["asInt"]))
    return double(as_double, point["asDouble"]) if "asDouble" in point else b""


def exemplar(e):
    out = each(7, e.get("filteredAttributes", []), key_value) + fixed(2, e.get("timeUnixNano", 0)) + number(e, 3, 6)
    return out + field(4, bytes.fromhex(e.get("spanId", ""))) + field(5, bytes.fromhex(e.get("traceId", "")))


def times(p):
    return (fixed(2, p["startTimeUnixNano"]) if "startTimeUnixNano" in p else b"") + fixed(3, p.get("timeUnixNano", 0))


def flags(number_of, p):
    return tagged(number_of, 0, varint(p["flags"])) if "flags" in p else b""


def number_point(p):
    return (each(7, p.get("attributes", []), key_value) + times(p) + number(p, 4, 6) + each(5, p.get("exemplars", []), exemplar)
            + flags(8, p))


def histogram_point(p):
    out = each(9, p.get("attributes", []), key_value) + times(p) + fixed(4, p.get("count", 0))
    if "sum" in p:
        out += double(5, p["sum"])
    out += field(6, b"".join(struct.pack("<Q", int(n)) for n in p.get("bucketCounts", [])))
    out += field(7, b"".join(struct.pack("<d", n) for n in p.get("explicitBounds", [])))
    return out + each(8, p.get("exemplars", []), exemplar) + flags(10, p)


def buckets(b):
    return tagged(1, 0, zigzag(b.get("offset", 0))) + field(2, b"".join(varint(int(n)) for n in b.get("bucketCounts", [])))


def exponential_point(p):
    out = each(1, p.get("attributes", []), key_value) + times(p) + fixed(4, p.get("count", 0))
    if "sum" in p:
        out += double(5, p["sum"])
    out += tagged(6, 0, zigzag(p.get("scale", 0))) + fixed(7, p.get("zeroCount", 0))
    for n, side in ((8, "positive"), (9, "negative")):
        if side in p:
            out += field(n, buckets(p[side]))
    return out + flags(10, p) + each(11, p.get("exemplars", []), exemplar)


def summary_point(p):
    out = each(7, p.get("attributes", []), key_value) + times(p) + fixed(4, p.get("count", 0)) + double(5, p.get("sum", 0))
    return out + each(6, p.get("quantileValues", []), lambda q: double(1, q["quantile"]) + double(2, q["value"])) + flags(8, p)


KINDS = {"gauge": (5, number_point), "sum": (7, number_point), "histogram": (9, histogram_point),
         "exponentialHistogram": (10, exponential_point), "summary": (11, summary_point)}


def metric(m):
    out = text(1, m.get("name", "")) + text(2, m.get("description", "")) + text(3, m.get("unit", ""))
    for kind, (n, point) in KINDS.items():
        if kind in m:
            data = m[kind]
            body = each(1, data.get("dataPoints", []), point)
            if "aggregationTemporality" in data:
                body += tagged(2, 0, varint(data["aggregationTemporality"]))
            if data.get("isMonotonic"):
                body += tagged(3, 0, varint(1))
            out += field(n, body)
    return out


def scope_metrics(s):
    scope = s.get("scope", {})
    head = text(1, scope.get("name", "")) + text(2, scope.get("version", "")) + each(3, scope.get("attributes", []), key_value)
    return field(1, head) + each(2, s.get("metrics", []), metric) + text(3, s.get("schemaUrl", ""))


def resource_metrics(r):
    return field(1, each(1, r.get("resource", {}).get("attributes", []), key_value)) + each(2, r.get("scopeMetrics", []), scope_metrics)


def encode(request):
    """The protobuf bytes of an ExportMetricsServiceRequest given as OTLP's JSON (camel case, ids in hex)."""
    return each(1, request.get("resourceMetrics", []), resource_metrics)


def attributes(**values):
    return [attribute(k, v) for k, v in values.items()]


def attribute(key, value):
    if isinstance(value, bool):
        return {"key": key, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": key, "value": {"doubleValue": value}}
    if isinstance(value, list):
        return {"key": key, "value": {"arrayValue": {"values": [attribute("", v)["value"] for v in value]}}}
    return {"key": key, "value": {"stringValue": value}}


def request(resource, metrics, scope=None, schema_url=""):
    """Of one resource and one scope; `resource` is a dict or a list of attributes."""
    listed = resource if isinstance(resource, list) else [attribute(k, v) for k, v in resource.items()]
    return {"resourceMetrics": [{"resource": {"attributes": listed},
                                 "scopeMetrics": [{"scope": scope or {}, "schemaUrl": schema_url, "metrics": metrics}]}]}
