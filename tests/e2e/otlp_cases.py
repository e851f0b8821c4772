# SPDX-License-Identifier: Apache-2.0
"""Requests that meet every rule of translation, for the tests of OTLP."""
from otlp import attribute, request


def every_kind(now_s):
    """One request with every kind of metric, all at `now_s`."""
    t, start = str(now_s * 10**9 + 123_456_789), str((now_s - 60) * 10**9)
    at = {"timeUnixNano": t, "startTimeUnixNano": start}

    def point(**values):
        labels = values.pop("labels", {"http.method": "GET", "status": 200, "ok": True, "ratio": 0.5})
        return {**at, "attributes": [attribute(k, v) for k, v in labels.items()], **values}

    exemplars = [{"timeUnixNano": t, "asDouble": 0.3, "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
                  "filteredAttributes": [attribute("user", "u1")]}]
    metrics = [
        {"name": "system.memory.usage", "unit": "By", "description": "Memory", "gauge": {"dataPoints": [
            point(asInt="42"), point(asDouble=1.5, labels={"a.b": "1", "a-b": "2", "_c": "3", "9d": "4", "e..f": "5"})]}},
        {"name": "cpu.utilization", "unit": "1", "gauge": {"dataPoints": [point(asDouble=0.25)]}},
        {"name": "http.requests", "unit": "{request}", "description": "Requests", "sum": {
            "aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point(asInt="1000", exemplars=exemplars)]}},
        {"name": "io.bytes", "unit": "By/s", "sum": {
            "aggregationTemporality": 2, "dataPoints": [point(asDouble=-3.25)]}},
        {"name": "http.duration", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [
            point(count="10", sum=4.5, bucketCounts=["1", "2", "3", "4"], explicitBounds=[0.1, 0.5, 1.0], exemplars=exemplars),
            point(count="3", bucketCounts=["3"], explicitBounds=[], labels={"no": "sum"})]}},
        {"name": "rpc.latency", "unit": "ms", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [
            point(count="21", sum=100.0, scale=3, zeroCount="2",
                  positive={"offset": -4, "bucketCounts": ["1", "0", "2", "0", "0", "0", "0", "5"]},
                  negative={"offset": 2, "bucketCounts": ["4", "7"]}),
            point(count="12", sum=5.0, scale=10, positive={"offset": 5, "bucketCounts": ["1", "2", "3", "0", "6"]},
                  labels={"scale": "down"})]}},
        {"name": "gc.pause", "unit": "s", "summary": {"dataPoints": [
            point(count="7", sum=3.5, quantileValues=[{"quantile": 0.5, "value": 0.1}, {"quantile": 0.99, "value": 2.0}])]}},
        {"name": "9.lives_total", "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point(asInt="9")]}},
        {"name": "empty", "gauge": {"dataPoints": []}},
    ]
    resource = {"service.name": "shop", "service.namespace": "eu", "service.instance.id": "i-1", "host.name": "h1",
                "process.tags": ["a", 1, True]}
    scope = {"name": "lib", "version": "1.2.3", "attributes": [attribute("short.name", "l")]}
    return request(resource, metrics, scope, "https://opentelemetry.io/schemas/1.0")
