#!/usr/bin/env bash
# plugin-check tells failures, crashes and hangs apart, and ends with the right code.
# usage: plugin_check_test.sh BUILD_FOLDER BAD_STORE.so
set -euo pipefail
build=$1 bad=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# expect WORD FAULT: the one case must end so, and the command must fail.
expect() {
  printf '[component.bad]\ntype = "test.bad_store"\nfault = "%s"\n' "$2" > "$folder/bad.toml"
  if "$build/libexec/kvasir/kvasir-conformance" "$bad" --config "$folder/bad.toml" --case ReadsRanges --limit 2 \
      > "$folder/out" 2> "$folder/err"; then
    echo "a store with fault $2 passed"; cat "$folder/out" "$folder/err"; exit 1
  fi
  grep -q "^$1" "$folder/out" || { echo "a store with fault $2 is not reported as $1:"; cat "$folder/out" "$folder/err"; exit 1; }
}
expect FAIL fail
expect CRASH crash
expect TIMEOUT hang
expect FAIL start

# The whole way, through the command that people type, on a module that is right.
store=$build/lib/kvasir/plugins/storage.memory.so
if [ -e "$build/bin/kvasir" ] && [ -e "$store" ]; then
  "$build/bin/kvasir" plugin-check "$store" > "$folder/out" || { cat "$folder/out"; exit 1; }
  grep -q "22 passed, 0 skipped, 0 failed, 0 crashed, 0 timed out" "$folder/out" || { cat "$folder/out"; exit 1; }
fi

# What listens is asked at the address that each case has of its own. Here the kernel stands between, which hangs up all routes under one name.
http=$build/lib/kvasir/plugins/net.http.so
if [ -e "$build/bin/kvasir" ] && [ -e "$http" ]; then
  printf '[component.http]\ntype = "net.http"\nlisten = "${KVASIR_CHECK_ADDRESS:-127.0.0.1:0}"\n' > "$folder/http.toml"
  "$build/bin/kvasir" plugin-check "$http" --config "$folder/http.toml" > "$folder/out" || { cat "$folder/out"; exit 1; }
  grep -q "16 passed, 1 skipped, 0 failed, 0 crashed, 0 timed out" "$folder/out" || { cat "$folder/out"; exit 1; }
fi
echo ok
