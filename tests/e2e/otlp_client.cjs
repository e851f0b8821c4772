// SPDX-License-Identifier: Apache-2.0
// A program as users write it: OpenTelemetry's SDK with one of its two OTLP exporters over HTTP.
// usage: NODE_PATH=.../node_modules node otlp_client.cjs URL TENANT proto|http cumulative|delta
const [url, tenant, kind, temporality] = process.argv.slice(2);
const { metrics } = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { AggregationTemporality, AggregationType, MeterProvider, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { OTLPMetricExporter } = require(`@opentelemetry/exporter-metrics-otlp-${kind}`);

const exporter = new OTLPMetricExporter({
  url,
  headers: { "X-Scope-OrgID": tenant },
  compression: kind === "proto" ? "gzip" : "none",
  temporalityPreference: temporality === "delta" ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
});
const provider = new MeterProvider({
  resource: resourceFromAttributes({ "service.name": "shop", "service.instance.id": kind, "host.name": "h1" }),
  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 })],
  views: [{ instrumentName: "latency.exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
});
metrics.setGlobalMeterProvider(provider);
const meter = metrics.getMeter("test", "1.0");
const requests = meter.createCounter("http.requests", { unit: "{request}", description: "Requests" });
const open = meter.createUpDownCounter("open.files");
const latency = meter.createHistogram("latency", { unit: "s", advice: { explicitBucketBoundaries: [0.1, 1, 10] } });
const exponential = meter.createHistogram("latency.exponential", { unit: "s" });
meter.createObservableGauge("temperature", { unit: "Cel" }).addCallback((result) => result.observe(21.5, { room: "a b" }));

(async () => {
  for (let round = 0; round < 2; ++round) {
    requests.add(3, { "http.method": "GET", status: 200 });
    open.add(round === 0 ? 5 : -2);
    for (const value of [0.05, 0.5, 5, 50]) {
      latency.record(value);
      exponential.record(value);
    }
    await provider.forceFlush();
  }
  await provider.shutdown();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
