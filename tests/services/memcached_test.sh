#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache.memcached does what a cache has to do, on two real memcached servers, and goes on when one of them is gone.
# usage: memcached_test.sh BUILD_FOLDER. Exit status 77: there is no memcached to test against.
set -euo pipefail
build=$1
here=$(dirname "$(readlink -f "$0")")
plugin=$build/lib/kvasir/plugins/cache.memcached.so
if [ ! -e "$plugin" ] || [ ! -e "$build/bin/kvasir" ]; then
  echo "cache.memcached or kvasir is not built here"; exit 77
fi
folder=$(mktemp -d)
trap '"$here/memcached-down" "$folder/a" || true; "$here/memcached-down" "$folder/b" || true; rm -rf "$folder"' EXIT
. "$here/service-lib.sh"
pick_port; a=$REPLY
"$here/memcached-up" "$folder/a" "$a" > "$folder/up" || exit $?
pick_port; b=$REPLY
"$here/memcached-up" "$folder/b" "$b" > "$folder/up" || exit $?

# check WHAT EXPECTED [ARGUMENTS...]: the suite must end with this line.
check() {
  local what=$1 expected=$2
  shift 2
  cat > "$folder/check.toml" <<TOML
[component.cache]
type = "cache.memcached"
addresses = ["127.0.0.1:$a", "127.0.0.1:$b"]
prefix = "\${KVASIR_CHECK_PREFIX:-check}:"
TOML
  KVASIR_CHECK_PREFIX=$what "$build/bin/kvasir" plugin-check "$plugin" --config "$folder/check.toml" "$@" > "$folder/out" 2>&1 || true
  if ! grep -q "^$expected\$" "$folder/out"; then
    echo "$what: expected \"$expected\""; cat "$folder/out"; exit 1
  fi
  echo "$what: $expected"
}

check both "5 passed, 0 skipped, 0 failed, 0 crashed, 0 timed out"
# Both servers have keys: 50 of them, and one server alone would be a chance of one in 2^49.
items() { exec 3<>"/dev/tcp/127.0.0.1/$1"; printf 'stats\r\nquit\r\n' >&3; tr -d '\r' <&3 | awk '$2 == "total_items" { print $3 }'; exec 3>&-; }
for port in $a $b; do
  [ "$(items "$port")" -gt 0 ] || { echo "the server on port $port was given nothing"; exit 1; }
done
# What a server had is missed, never wrong, and calls go on.
"$here/memcached-down" "$folder/b"
check one "1 passed, 0 skipped, 0 failed, 0 crashed, 0 timed out" --case NeverGivesAnotherValue
