#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every test script through engine.frontend, which cuts queries into parts of three minutes, and those into shards, before
# engine.promql, with a scheduler in between: nobody can tell that they are there. The scripts of this folder, and Prometheus' own where they are
# ($KVASIR_CONFORMANCE_DIR, default ../shared/conformance beside the repository).
# usage: frontend.sh BUILD_FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
plugins=$1/lib/kvasir/plugins
conformance=${KVASIR_CONFORMANCE_DIR:-$here/../../../shared/conformance}/promql
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
features='["promql-experimental-functions", "promql-duration-expr", "promql-extended-range-selectors", "promql-binop-fill-modifiers",
  "promql-delayed-name-removal", "use-start-timestamps"]'
# Nothing is cached: what scripts load would change under it.
cat > "$folder/engine.toml" <<TOML
config_version = 1
[plugins]
load = [{ id = "engine.promql" }, { id = "engine.scheduler" }]
[component.source]
type = "promqltest.source"
[component.promql]
type = "engine.promql"
ports = { source = "source" }
enable_features = $features
[component.scheduler]
type = "engine.scheduler"
ports = { engines = ["promql"] }
[component.engine]
type = "engine.frontend"
ports = { next = "scheduler" }
split_queries_by_interval = "3m"
parallelize_shardable_queries = true
query_sharding_total_shards = 3
enable_features = ["promql-experimental-functions", "promql-duration-expr", "promql-extended-range-selectors", "promql-binop-fill-modifiers"]
TOML
files=("$here"/*.test)
for file in "$conformance"/*.test; do
  [ -e "$file" ] && files+=("$file")
done
exec "$1/bin/kvasir" promqltest --plugin "$plugins/engine.frontend.so" --plugin-dir "$plugins" --config "$folder/engine.toml" "${files[@]}"
