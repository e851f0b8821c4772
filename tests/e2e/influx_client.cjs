// SPDX-License-Identifier: Apache-2.0
// Two programs as users write them: InfluxData's client of InfluxDB 2, and the client of InfluxDB 1.
// usage: NODE_PATH=.../node_modules node influx_client.cjs v2|v1 PORT TENANT TIME_MS
const [version, port, tenant, time] = process.argv.slice(2);
const at = new Date(Number(time));

async function v2() {
  const { InfluxDB, Point } = require("@influxdata/influxdb-client");
  const client = new InfluxDB({ url: `http://127.0.0.1:${port}`, token: "none" });
  // gzipThreshold: compressed whatever the size.
  const api = client.getWriteApi("org", "bucket", "ms", { headers: { "X-Scope-OrgID": tenant }, gzipThreshold: 1, maxRetries: 0 });
  api.useDefaultTags({ region: "north" });
  api.writePoint(
    new Point("weather").tag("city", "new york").floatField("temp", 21.5).intField("wind", -3).booleanField("rain", true)
      .stringField("note", 'a "word", and = more').timestamp(at));
  for (let i = 0; i < 1500; ++i) api.writePoint(new Point("many").tag("i", `${i}`).uintField("value", i).timestamp(at));
  await api.close();
}

async function v1() {
  const { FieldType, InfluxDB } = require("influx");
  const client = new InfluxDB({
    database: "db",
    hosts: [{ host: "127.0.0.1", port: Number(port), path: "/influx", options: { headers: { "X-Scope-OrgID": tenant } } }],
    schema: [{ measurement: "weather", fields: { temp: FieldType.FLOAT, wind: FieldType.INTEGER }, tags: ["city"] }],
  });
  await client.writePoints([{ measurement: "weather", tags: { city: "new york" }, fields: { temp: 21.5, wind: -3 }, timestamp: at }],
                           { precision: "ms" });
}

({ v1, v2 })[version]().catch((error) => {
  console.error(error);
  process.exit(1);
});
