#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the compiler cannot say about the public headers.

usage: check_headers.py [--root ROOT]

Every function pointer has a comment with a thread tag, interface ids are spelled kvs.name/N, each id has a table, tables and
records begin with struct_size, and kvs.h includes everything but the drafts.
"""
import argparse
import re

import headers

TAG = re.compile(r"\[(main|reactor|worker|any)\b[^\]]*\]")
ID = re.compile(r"kvs\.(host\.)?[a-z][a-z0-9_]*/[1-9][0-9]*")


def findings(all_headers):
    tables = {s.name for h in all_headers for s in h.structs}
    for header in all_headers:
        if not re.match(r"// SPDX-License-Identifier: Apache-2.0\n/// \S", header.text):
            yield f"{header.path}:1: begins with the licence and a paragraph that says what this header is"
        guard = header.path.upper().replace("/", "_").replace(".", "_") + "_"
        if f"#ifndef {guard}\n#define {guard}\n" not in header.text:
            yield f"{header.path}: the guard is {guard}"
        for name, line in header.constants:
            if not name.startswith("KVS_"):
                yield f"{header.path}:{line}: {name} does not begin with KVS_"
        for macro, text in header.ids.items():
            if macro.startswith("KVS_EXT_"):  # An extra of a call: a value, not an interface.
                if text != f"kvs.{macro[len('KVS_EXT_'):].lower()}":
                    yield f"{header.path}: {macro} does not name \"{text}\""
                continue
            if text and not ID.fullmatch(text):
                yield f"{header.path}: \"{text}\" is no interface id: kvs.name/1"
            name = re.sub(r"^kvs\.(host\.)?|/\d+$", "", text)
            if macro != f"KVS_{name.upper()}_V{text.rpartition('/')[2]}":
                yield f"{header.path}: {macro} does not name \"{text}\""
            if f"kvs_{name}_table_t" not in tables:
                yield f"{header.path}: {macro} has no kvs_{name}_table_t"
        for struct in header.structs:
            if struct.name.endswith("_table_t") and struct.fields[0].name != "struct_size":
                yield f"{header.path}:{struct.line}: {struct.name} is a table: it begins with struct_size"
            for field in struct.fields:
                if field.is_function and not TAG.search(field.comment):
                    yield f"{header.path}:{field.line}: {struct.name}.{field.name} has no thread tag, such as [any]"
                if field.is_function and "KVS_NOEXCEPT" not in field.declaration:
                    yield f"{header.path}:{field.line}: {struct.name}.{field.name} lacks KVS_NOEXCEPT"
                if re.search(r"\b(bool|size_t|ssize_t|long|int|unsigned|wchar_t|time_t|enum)\b", field.declaration):
                    yield f"{header.path}:{field.line}: {struct.name}.{field.name}: use types of a fixed width"
    by_path = {h.path: h for h in all_headers}
    reached, waiting = set(), ["kvs/abi/kvs.h"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += re.findall(r'^#include "(.+)"', by_path[path].text, re.M)
    for path, header in by_path.items():
        if header.draft and path in reached:
            yield f"{path}: kvs.h includes this draft"
        if not header.draft and path not in reached:
            yield f"{path}: kvs.h does not include it"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--root")
    found = list(findings(headers.read(headers.root_of(parser.parse_args().root))))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
