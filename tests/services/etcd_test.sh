#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kv.etcd does what a key-value store has to do, on a real etcd: without and with its authentication.
# usage: etcd_test.sh BUILD_FOLDER. Exit status 77: there is no etcd to test against.
set -euo pipefail
build=$1
here=$(dirname "$(readlink -f "$0")")
plugin=$build/lib/kvasir/plugins/kv.etcd.so
if [ ! -e "$plugin" ] || [ ! -e "$build/bin/kvasir" ]; then
  echo "kv.etcd or kvasir is not built here"; exit 77
fi
folder=$(mktemp -d)
trap '"$here/etcd-down" "$folder/etcd" || true; rm -rf "$folder"' EXIT
. "$here/service-lib.sh"
pick_port
port=$REPLY
"$here/etcd-up" "$folder/etcd" "$port" > "$folder/up" || exit $?
. "$folder/etcd/env"

# check WHAT EXPECTED SETTINGS [ARGUMENTS...]: the suite with these settings must end with this line.
check() {
  local what=$1 expected=$2 settings=$3
  shift 3
  # Every case has keys of its own. A server that is not there stands first: it is passed over.
  cat > "$folder/check.toml" <<TOML
[component.etcd]
type = "kv.etcd"
endpoints = ["127.0.0.1:1", "$endpoint"]
prefix = "\${KVASIR_CHECK_DIR:-check}/"
$settings
TOML
  ETCD_TEST_SECRET=${secret:-none} "$build/bin/kvasir" plugin-check "$plugin" --config "$folder/check.toml" "$@" > "$folder/out" 2>&1 || true
  if ! grep -q "^$expected\$" "$folder/out"; then
    echo "$what: expected \"$expected\""; cat "$folder/out"; tail -30 "$folder/etcd/etcd.out" 2>/dev/null || true; exit 1
  fi
  echo "$what: $expected"
}

check "the whole suite" "15 passed, 0 skipped, 0 failed, 0 crashed, 0 timed out" ""

gateway() { curl -s --fail-with-body -o "$folder/reply" -X POST -d "$2" "$endpoint/v3/$1" || { cat "$folder/reply"; exit 1; }; }
secret=correct-horse
gateway auth/user/add "{\"name\": \"root\", \"password\": \"$secret\"}"
gateway auth/role/add '{"name": "root"}'
gateway auth/user/grant '{"user": "root", "role": "root"}'
gateway auth/enable '{}'
user='username = "root"
password = "env:ETCD_TEST_SECRET"'
check "with a user" "15 passed, 0 skipped, 0 failed, 0 crashed, 0 timed out" "$user"
check "without one" "0 passed, 0 skipped, 1 failed, 0 crashed, 0 timed out" "" --case ReadsWhatWasWritten
grep -q "user name is empty" "$folder/out" || { cat "$folder/out"; exit 1; }
secret=wrong-horse
check "with a wrong password" "0 passed, 0 skipped, 1 failed, 0 crashed, 0 timed out" "$user" --case ReadsWhatWasWritten
grep -q "authentication failed" "$folder/out" || { cat "$folder/out"; exit 1; }
if grep -q "horse" "$folder/out"; then echo "the password is printed"; exit 1; fi
