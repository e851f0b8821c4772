#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages are complete: what they install runs from where it is installed, every configuration of /etc/kvasir passes its
# check with the installed plugins alone, the services say what systemd understands, and dependencies are found.
# usage: deb_test.sh BUILD_FOLDER. Exit status 77: not everything is built.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
[ -x "$build/bin/kvasir" ] || { echo "bin/kvasir is not built here"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "FAIL: $*"; exit 1; }

"$source/packaging/deb/build" --build "$build" --out "$folder" > "$folder/packages"
runtime=$(grep '/kvasir_' "$folder/packages") sdk=$(grep '/kvasir-dev_' "$folder/packages")
dpkg-deb -x "$runtime" "$folder/root"
dpkg-deb -e "$runtime" "$folder/control"
dpkg-deb -x "$sdk" "$folder/root"
root=$folder/root

"$root/usr/bin/kvasir" version || fail "the installed command does not run"
listed=$("$root/usr/bin/kvasir" plugins list | wc -l)
[ "$listed" -ge "$(ls "$root"/usr/lib/kvasir/plugins/*.so | wc -l)" ] || fail "plugins list shows $listed lines, fewer than there are modules"
for config in "$root"/etc/kvasir/*.toml; do
  KVASIR_DATA_DIR=$folder/data "$root/usr/bin/kvasir" check --config "$config" > "$folder/check" 2>&1 ||
    { cat "$folder/check"; fail "$(basename "$config") does not pass its check"; }
done
[ ! -e "$folder/data" ] || fail "a check has made $folder/data"

for library in libc6 libstdc++6 libssl3 libgrpc++; do
  grep -q "^Depends:.*$library" "$folder/control/control" || fail "the package does not depend on $library"
done
for file in $(sed 's/^\///' "$folder/control/conffiles"); do [ -f "$root/$file" ] || fail "conffile /$file is not in the package"; done
if find "$root" -perm /022 -not -type l | grep -q .; then fail "files that others may write: $(find "$root" -perm /022 -not -type l | head -3)"; fi
if grep -rlI "$source" "$root" | grep -q .; then fail "names the folder it was built in: $(grep -rlI "$source" "$root" | head -3)"; fi
[ -f "$root/usr/include/kvs/abi/kvs.h" ] && [ -f "$root/usr/lib/cmake/Kvasir/KvasirConfig.cmake" ] || fail "kvasir-dev lacks headers or CMake files"

if command -v systemd-analyze > /dev/null; then
  sed -i "s|/usr/bin/kvasir|$root/usr/bin/kvasir|" "$root"/lib/systemd/system/*.service
  cp "$root/lib/systemd/system/kvasir@.service" "$folder/kvasir@querier.service"
  for unit in "$root/lib/systemd/system/kvasir.service" "$folder/kvasir@querier.service"; do
    said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F "$(basename "$unit")" || true)
    [ -z "$said" ] || fail "$said"
  done
else
  echo "systemd-analyze is not here: the services were not checked"
fi
echo "packages are complete: $(basename "$runtime") with $(ls "$root"/usr/lib/kvasir/plugins/*.so | wc -l) plugins"
