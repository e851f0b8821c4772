#!/usr/bin/env bash
# Prometheus' own test scripts, which are not part of this repository, through `kvasir promqltest`. Ends with 77, which is how
# ctest is told of a skipped test, when $KVASIR_CONFORMANCE_DIR (../shared/conformance beside the repository) is not there.
# usage: conformance.sh BUILD_FOLDER
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${KVASIR_CONFORMANCE_DIR:-$root/../shared/conformance}/promql
files=()
for file in "$folder"/*.test; do
  [ -e "$file" ] || continue
  files+=("$file")
done
[ ${#files[@]} -gt 0 ] || { echo "skipped: no scripts in $folder; KVASIR_CONFORMANCE_DIR says where they are"; exit 77; }
exec "$1/bin/kvasir" promqltest --enable-feature=all "${files[@]}"
