#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every plugin folder has the same shape, and every toolkit library says what it is.

usage: shape.py ROOT
"""
import pathlib
import re
import sys

HEADINGS = ["What", "When not", "Config", "Metrics", "Failures", "Limits"]
TOP = {"CMakeLists.txt", "kernel", "plugins", "sdk", "configs", "packaging", "tests", "docs", "README.md", "dev",
       "CMakePresets.json", "LICENSE", "NOTICE"}


def findings(root):
    for entry in root.iterdir():
        if not entry.name.startswith(".") and entry.name not in TOP and entry.name not in ("build", "data"):
            yield f"{entry.name}: does not belong at the top level"
    for cmake in sorted((root / "plugins").rglob("CMakeLists.txt")):
        folder = cmake.parent
        rel = folder.relative_to(root).as_posix()
        if folder == root / "plugins":
            continue
        calls = re.findall(r"^add_kvs_plugin\(ID ([\w.]+)", cmake.read_text(), re.M)
        if len(calls) != 1:
            yield f"{rel}/CMakeLists.txt: exactly one add_kvs_plugin()"
            continue
        if calls[0].replace(".", "/") != folder.relative_to(root / "plugins").as_posix():
            yield f"{rel}: the plugin {calls[0]} must live in plugins/{calls[0].replace('.', '/')}"
        for name in ("plugin.cc", "config.h", "config.cc", "README.md"):
            if not (folder / name).exists():
                yield f"{rel}: {name} is missing"
        if not list(folder.rglob("*_test.cc")):
            yield f"{rel}: no tests"
        readme = (folder / "README.md").read_text() if (folder / "README.md").exists() else ""
        for heading in HEADINGS:
            if not re.search(rf"^(#+ |\*\*)?{heading}\b", readme, re.M):
                yield f"{rel}/README.md: no paragraph \"{heading}\""
    for lib in sorted((root / "sdk/toolkit").iterdir()):
        if lib.is_dir() and not (lib / "README.md").exists():
            yield f"{lib.relative_to(root).as_posix()}: README.md is missing"


found = list(findings(pathlib.Path(sys.argv[1]).resolve()))
print("\n".join(found), end="\n" if found else "")
sys.exit(1 if found else 0)
