#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# storage.s3 does what an object store has to do, on a real S3 store.
# usage: s3_test.sh BUILD_FOLDER. Exit status 77: there is no store to test against.
set -euo pipefail
build=$1
here=$(dirname "$(readlink -f "$0")")
plugin=$build/lib/kvasir/plugins/storage.s3.so
if [ ! -e "$plugin" ] || [ ! -e "$build/bin/kvasir" ]; then
  echo "storage.s3 or kvasir is not built here"; exit 77
fi
folder=$(mktemp -d)
proxy=
trap '[ -z "$proxy" ] || kill "$proxy"; "$here/s3-down" "$folder/s3" || true; rm -rf "$folder"' EXIT
. "$here/service-lib.sh"
pick_port
port=$REPLY
S3_BUCKETS="suite longest" "$here/s3-up" "$folder/s3" "$port" > "$folder/up" || exit $?
. "$folder/s3/env"

# check WHAT EXPECTED SETTINGS [ARGUMENTS...]: the suite with these settings must end with this line.
check() {
  local what=$1 expected=$2 settings=$3
  shift 3
  cat > "$folder/check.toml" <<EOF
[component.s3]
type = "storage.s3"
region = "$region"
access_key_id = "$access_key"
secret_access_key = "env:S3_TEST_SECRET"
$settings
EOF
  S3_TEST_SECRET=$secret_key "$build/bin/kvasir" plugin-check "$plugin" --config "$folder/check.toml" "$@" > "$folder/out" 2>&1 || true
  if ! grep -q "^$expected\$" "$folder/out"; then
    echo "$what: expected \"$expected\""; cat "$folder/out"; tail -30 "$folder/s3/rgw.log"; exit 1
  fi
  if grep -q "$secret_key" "$folder/out"; then echo "$what: the secret is printed"; exit 1; fi
  echo "$what: $expected"
}

prefix='storage_prefix = "${KVASIR_CHECK_DIR:-check}"'
check "bucket in the path" "21 passed, 1 skipped, 0 failed, 0 crashed, 0 timed out" "
endpoint = \"$endpoint\"
bucket_name = \"suite\"
$prefix"
check "bucket in the host name" "21 passed, 1 skipped, 0 failed, 0 crashed, 0 timed out" "
endpoint = \"http://localhost:$port\"
bucket_lookup_type = \"virtual-hosted\"
bucket_name = \"suite\"
$prefix"
grep -q 'partNumber=' "$folder/s3/rgw.log" && { echo "an object was sent in parts too early"; exit 1; }
check "in parts" "1 passed, 0 skipped, 0 failed, 0 crashed, 0 timed out" "
endpoint = \"$endpoint\"
bucket_name = \"suite\"
part_size = \"5MiB\"
$prefix" --case ALargeObjectIsWhole
grep -q 'partNumber=2' "$folder/s3/rgw.log" || { echo "no object was sent in parts"; exit 1; }
check "the longest key" "1 passed, 0 skipped, 0 failed, 0 crashed, 0 timed out" "
endpoint = \"$endpoint\"
bucket_name = \"longest\"" --case TheLongestKeyIsAKey
check "a wrong bucket" "0 passed, 0 skipped, 1 failed, 0 crashed, 0 timed out" "
endpoint = \"$endpoint\"
bucket_name = \"nobody-made-this\"" --case ReadsWhatWasWritten
grep -q "FAILED_PRECONDITION.*NoSuchBucket.*bucket_name" "$folder/out" || { cat "$folder/out"; exit 1; }

# TLS, with an authority that this machine does not know.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$folder/key.pem" -out "$folder/cert.pem" 2> "$folder/openssl"
python3 "$here/tls_proxy.py" "$folder/cert.pem" "$folder/key.pem" "$port" > "$folder/proxy" &
proxy=$!
until [ -s "$folder/proxy" ]; do kill -0 "$proxy"; sleep 0.05; done
tls="
endpoint = \"https://localhost:$(cat "$folder/proxy")\"
bucket_name = \"suite\"
bucket_lookup_type = \"path\"
$prefix"
check "TLS with its authority" "21 passed, 1 skipped, 0 failed, 0 crashed, 0 timed out" "$tls
http.tls_ca_path = \"$folder/cert.pem\""
check "TLS without it" "0 passed, 0 skipped, 1 failed, 0 crashed, 0 timed out" "$tls" --case ReadsWhatWasWritten
grep -q "FAILED_PRECONDITION.*http.tls_ca_path" "$folder/out" || { cat "$folder/out"; exit 1; }
