#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Includes only point down: who may include what. Deny by default; the longest matching rule wins.

usage: layers.py ROOT
"""
import pathlib
import re
import sys

# Path prefix -> include prefixes it may name. Files of the own folder are always allowed.
RULES = {
    "sdk/abi/": ["kvs/abi/"],
    "sdk/toolkit/": ["kvs/"],
    "sdk/cpp/": ["kvs/abi/", "kvs/sdk/", "kvs/base/", "kvs/model/", "kvs/testkit/"],  # The last one in tests only, see below.
    "sdk/blocks/": ["kvs/"],  # A part: it knows the ABI and the toolkit.
    "sdk/http_client/": ["kvs/"],  # Likewise.
    "sdk/notify/": ["kvs/"],  # Likewise.
    "sdk/peers/": ["kvs/"],  # Likewise.
    "sdk/sharing/": ["kvs/"],  # Likewise.
    "sdk/grpc_tls/": ["kvs/"],  # Likewise.
    "sdk/query/": ["kvs/"],  # Likewise.
    "sdk/records/": ["kvs/"],  # Likewise.
    "sdk/request_rules/": ["kvs/"],  # Likewise.
    "sdk/testkit/": ["kvs/"],
    "sdk/examples/": ["kvs/abi/", "kvs/sdk/", "kvs/base/"],
    "kernel/": ["kvs/abi/", "kvs/sdk/", "kvs/base/", "kernel/"],
    "plugins/": ["kvs/"],
    "sdk/tools/": ["kvs/", "kernel/"],
    "tests/": ["kvs/", "kernel/"],
    "tests/simulation/": ["kvs/", "plugins/"],  # Policies as they are, without a process around them.
}
# Path pattern -> include prefixes that stay forbidden all the same. Plugins see the C structs of the ports they speak, but
# only plugin.cc, the entry point, may look at how a module is made.
BANNED = {
    r"sdk/toolkit/": ["kvs/abi/", "kvs/sdk/", "kvs/blocks/", "kvs/http_client/", "kvs/grpc_tls/", "kvs/notify/", "kvs/peers/", "kvs/query/", "kvs/records/", "kvs/request_rules/", "kvs/sharing/", "kvs/testkit/"],
    r"sdk/(blocks|grpc_tls|http_client|notify|peers|query|records|request_rules|sharing)/.*(?<!_test\.cc)$": ["kvs/testkit/"],
    r"plugins/(?!.*(_test|_bench|_fuzz)\.cc$|.*/test_\w+\.h$)": ["kvs/testkit/"],
    r"sdk/tools/": ["kvs/testkit/"],
    r"sdk/(abi|cpp)/.*(?<!_test\.cc)$": ["kvs/testkit/"],
}
# Toolkit libraries, lowest first: each may include itself and those before it.
TOOLKIT = ["base", "model", "chunk", "http", "wire", "text", "promql", "gotemplate", "rules", "tsdb", "bucket", "ring", "objstore", "lmdb", "alerting", "auth", "sigv4"]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def violations(root):
    for path in sorted(root.rglob("*")):
        rel = path.relative_to(root).as_posix()
        if path.suffix not in (".h", ".cc", ".c") or rel.startswith(("build", ".")):
            continue
        owner = max((r for r in RULES if rel.startswith(r)), key=len, default=None)
        if owner is None:
            yield f"{rel}: no layer owns this path; sources belong into kernel, sdk, plugins or tests"
            continue
        own_lib = re.match(r"sdk/toolkit/(\w+)/", rel)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            name = match.group(1)
            local = ".." not in name and (path.parent / name).exists()
            # A plugin's sub-folder may name the plugin's own headers from the plugin's root.
            if not local and ".." not in name and owner == "plugins/":
                folders = [p for p in path.parents if (p / "CMakeLists.txt").exists() and p != root / "plugins" and p != root]
                local = any((folder / name).exists() for folder in folders)
            # What protoc makes of a plugin's own .proto file lies in the build folder.
            generated = re.sub(r"(\.grpc)?\.pb\.h$", ".proto", name)
            local = local or generated != name and (path.parent / generated).exists()
            allowed = local or any(name.startswith(p) for p in RULES[owner])
            banned = any(name.startswith(p) for pattern, prefixes in BANNED.items() if re.match(pattern, rel) for p in prefixes)
            lib = re.match(r"kvs/(\w+)/", name)
            if own_lib and lib and lib.group(1) in TOOLKIT and own_lib.group(1) in TOOLKIT:
                banned = banned or TOOLKIT.index(lib.group(1)) > TOOLKIT.index(own_lib.group(1))
            if banned or not allowed:
                yield f'{rel}:{number}: {owner} may not include "{name}" (see tests/lint/layers.py)'


found = list(violations(pathlib.Path(sys.argv[1]).resolve()))
print("\n".join(found), end="\n" if found else "")
sys.exit(1 if found else 0)
