#!/usr/bin/env bash
# `kvasir promqltest` as people call it: what it prints, how it ends, and the scripts of this folder.
# usage: command_test.sh BUILD_FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kvasir=$1/bin/kvasir
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# expect CODE LAST_LINE WORDS...: the command must end so.
expect() {
  local code=0
  "$kvasir" promqltest "${@:3}" > "$folder/out" 2> "$folder/err" || code=$?
  [ "$code" = "$1" ] || { echo "promqltest ${*:3}: exit code $code instead of $1"; cat "$folder/out" "$folder/err"; exit 1; }
  [ "$(tail -n 1 "$folder/out")" = "$2" ] || { echo "promqltest ${*:3}: the last line is not \"$2\""; cat "$folder/out"; exit 1; }
}
# shows TEXT: the last command must have printed it.
shows() { grep -qF -- "$1" "$folder/out" "$folder/err" || { echo "not shown: $1"; cat "$folder/out" "$folder/err"; exit 1; }; }

printf 'load 1m\n  m 1\n\neval instant at 0 m\n  m 1\n\neval instant at 0 m + m\n  {} 3\n' > "$folder/half.test"
printf 'eval instant at 0 mad_over_time(m[1m])\n' > "$folder/experimental.test"
printf 'eval instant 0 m\n' > "$folder/broken.test"

expect 1 "1 passed, 1 failed" "$folder/half.test"
shows "$folder/half.test:7: eval instant at 0 m + m"
shows "{}: expected 3, got 2"
expect 1 "0 passed, 1 failed" "$folder/experimental.test"
expect 0 "1 passed, 0 failed" "$folder/experimental.test" --enable-feature=promql-experimental-functions,promql-duration-expr
expect 0 "1 passed, 0 failed" "$folder/experimental.test" --enable-feature all
expect 1 "1 passed, 2 failed" "$folder/broken.test" "$folder/half.test"
shows "$folder/broken.test:1: expected \"at\", found \"0\""
expect 1 "0 passed, 1 failed" "$folder/absent.test"
shows "No such file"
expect 2 "" --nonsense
expect 2 ""
expect 1 "" --enable-feature=nonsense "$folder/half.test"
shows "nonsense"

# An engine that a configuration wires up.
cat > "$folder/engine.toml" <<'TOML'
[component.source]
type = "promqltest.source"
[component.engine]
type = "engine.promql"
ports = { source = "source" }
enable_features = ["promql-experimental-functions"]
TOML
expect 0 "1 passed, 0 failed" --config "$folder/engine.toml" "$folder/experimental.test"
expect 1 "1 passed, 1 failed" --plugin "$1/lib/kvasir/plugins/engine.promql.so" --type engine.promql "$folder/half.test"
expect 1 "" --plugin "$1/lib/kvasir/plugins/engine.promql.so" --type head "$folder/half.test"

"$kvasir" promqltest --help | grep -q "enable-feature" || { echo "--help does not explain itself"; exit 1; }
exec "$kvasir" promqltest --enable-feature=all "$here"/*.test
