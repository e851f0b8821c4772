#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What wraps a store is a store: each decorator over storage.memory passes the suite of its port, and all of them in a row do.
# usage: decorators_test.sh BUILD_FOLDER. Exit status 77: not everything is built.
set -euo pipefail
build=$1
plugins=$build/lib/kvasir/plugins
for file in bin/kvasir lib/kvasir/plugins/{storage.memory,store.cache,store.metrics,store.prefix,store.retry}.so; do
  [ -e "$build/$file" ] || { echo "$file is not built here"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# check PLUGIN SKIPPED CONFIG: every case of the suite passes or, so many, is skipped.
check() {
  printf '[plugins]\nload = ["storage.memory", "store.cache", "store.metrics", "store.prefix", "store.retry"]\n[component.memory]\ntype = "storage.memory"\n%s\n' "$3" > "$folder/c.toml"
  "$build/bin/kvasir" plugin-check "$plugins/$1.so" --config "$folder/c.toml" > "$folder/out" 2>&1 || true
  if ! grep -q "^$((22 - $2)) passed, $2 skipped, 0 failed, 0 crashed, 0 timed out" "$folder/out"; then
    echo "$1:"; cat "$folder/out"; exit 1
  fi
  echo "$1: $(tail -1 "$folder/out")"
}
on_memory='ports = { next = "memory" }'
prefix="[component.prefix]
type = \"store.prefix\"
prefix = \"team/blocks\""
cache="[component.cache]
type = \"store.cache\"
cacheable = [\"*\"]
page_size = \"4KiB\"
disk.dir = \"\${KVASIR_CHECK_DIR:-$folder}/cache\""
metrics='[component.metrics]
type = "store.metrics"'
retry='[component.retry]
type = "store.retry"'
check store.prefix 1 "$prefix
$on_memory"
check store.metrics 0 "$metrics
$on_memory"
check store.retry 0 "$retry
$on_memory"
check store.cache 0 "$cache
$on_memory"
check store.metrics 1 "$metrics
ports = { next = \"cache\" }
$cache
ports = { next = \"retry\" }
$retry
ports = { next = \"prefix\" }
$prefix
$on_memory"
