#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The guards of the binary interface, tried on headers that were changed on purpose: each sort of change is found by the guard
that is there for it, and additions are let through.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import headers

HERE = pathlib.Path(__file__).resolve().parent
ROOT = headers.root_of()


class ChangedHeaders(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copytree(ROOT / headers.INCLUDE, self.root / headers.INCLUDE)

    def change(self, header, pattern, replacement):
        path = self.root / headers.HEADERS / header
        text, n = re.subn(pattern, replacement, path.read_text(), count=1, flags=re.M)
        self.assertEqual(n, 1, f"{header} has no {pattern}")
        path.write_text(text)

    def run_tool(self, name, *args):
        command = [sys.executable, HERE / name, "--root", self.root, *args]
        run = subprocess.run(command, capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr

    def refused_by(self, name, text, *args):
        code, output = self.run_tool(name, *args)
        self.assertEqual(code, 1, output)
        self.assertIn(text, output)

    def accepted_by(self, name, *args):
        code, output = self.run_tool(name, *args)
        self.assertEqual(code, 0, output)

    def breaks_of_layout(self):
        import make_layout
        all_headers = headers.read(self.root)
        now = make_layout.layout(all_headers, make_layout.measure(self.root, all_headers))
        return list(make_layout.breaks((HERE / "layout_v1.c").read_text(), now))

    def test_unchanged_headers_pass_every_guard(self):
        self.accepted_by("make_layout.py", "--check")
        self.accepted_by("compare.py")
        self.accepted_by("check_headers.py")

    def test_a_member_at_the_tail_of_a_record_is_an_addition_that_must_be_pinned(self):
        self.change("call.h", r"^\} kvs_call_t;", "  uint64_t more;\n} kvs_call_t;")

        self.refused_by("make_layout.py", "kvs_call_t.more is not pinned", "--check")
        self.assertEqual(self.breaks_of_layout(), [])
        self.accepted_by("compare.py")

    def test_a_function_at_the_end_of_a_table_is_an_addition(self):
        self.change("port/limiter.h", r"^\} kvs_limiter_table_t;",
                    "  /// More. [any]\n  void (*more)(void *self) KVS_NOEXCEPT;\n} kvs_limiter_table_t;")

        self.assertEqual(self.breaks_of_layout(), [])
        self.accepted_by("compare.py")
        self.accepted_by("check_headers.py")

    def test_a_new_struct_is_found_until_it_is_pinned(self):
        self.change("port/cache.h", r"^typedef struct kvs_cache_table \{",
                    "typedef struct kvs_new {\n  uint64_t a;\n} kvs_new_t;\n\n\\g<0>")

        self.refused_by("make_layout.py", "sizeof(kvs_new_t) is not pinned", "--check")
        self.assertEqual(self.breaks_of_layout(), [])

    def test_a_member_in_the_middle_is_refused(self):
        self.change("call.h", r"^  kvs_str_t +tenant;", "  uint64_t more;\n\\g<0>")

        self.assertIn("kvs_call_t.more is new, but not at the tail", self.breaks_of_layout())
        self.refused_by("compare.py", "kvs_call: 'uint64_t more'")

    def test_an_element_of_arrays_may_not_grow(self):
        self.change("abi.h", r"^\} kvs_pair_t;", "  uint64_t more;\n} kvs_pair_t;")

        self.assertTrue(any("sizeof(kvs_pair_t)" in line for line in self.breaks_of_layout()))
        self.refused_by("compare.py", "struct kvs_pair may not change")

    def test_a_struct_inside_another_may_not_grow(self):
        self.change("series_batch.h", r"^\} kvs_label_columns_t;", "  uint64_t more;\n} kvs_label_columns_t;")

        self.refused_by("compare.py", "struct kvs_label_columns may not change")

    def test_another_parameter_type_is_refused(self):
        self.change("port/kv.h", r"uint64_t \*out", "uint32_t *out")

        self.assertTrue(any("kvs_kv_table_t.apply" in line for line in self.breaks_of_layout()))
        self.refused_by("compare.py", "kvs_kv")

    def test_a_parameter_that_is_no_longer_const_is_refused(self):
        self.change("port/kv.h", r"const kvs_kv_batch_t \*in", "kvs_kv_batch_t *in")

        self.assertTrue(any("kvs_kv_table_t.apply" in line for line in self.breaks_of_layout()))

    def test_another_sign_is_refused(self):
        self.change("call.h", r"uint32_t( +)flags;", r"int32_t\1flags;")

        self.assertTrue(any("kvs_call_t.flags" in line for line in self.breaks_of_layout()))
        self.refused_by("compare.py", "kvs_call")

    def test_two_functions_that_swapped_places_are_refused(self):
        self.change("port/cache.h", r"\(\*get\)", "(*kept)")
        self.change("port/cache.h", r"\(\*put\)", "(*get)")
        self.change("port/cache.h", r"\(\*kept\)", "(*put)")

        self.assertTrue(any("kvs_cache_table_t.get" in line for line in self.breaks_of_layout()))
        self.refused_by("compare.py", "kvs_cache_table")

    def test_another_name_is_refused(self):
        self.change("call.h", r"deadline_ns;", "end_ns;")

        self.assertIn("kvs_call_t.deadline_ns is gone", self.breaks_of_layout())
        self.refused_by("compare.py", "deadline_ns")

    def test_a_struct_that_is_gone_is_refused(self):
        self.change("port/cache.h", r"kvs_cache_items_t;", "kvs_cache_things_t;")
        self.change("port/cache.h", r"typedef struct kvs_cache_items", "typedef struct kvs_cache_things")
        self.change("port/cache.h", r"const kvs_cache_items_t", "const kvs_cache_things_t")

        self.assertIn("sizeof(kvs_cache_items_t) is gone", self.breaks_of_layout())

    def test_another_number_is_refused(self):
        self.change("abi.h", r"KVS_ABORTED( +)= 10", r"KVS_ABORTED\1= 17")

        self.assertTrue(any("KVS_ABORTED" in line for line in self.breaks_of_layout()))

    def test_another_id_is_refused(self):
        self.change("port/kv.h", r'"kvs.kv/1"', '"kvs.store/1"')

        self.assertTrue(any("KVS_KV_V1" in line for line in self.breaks_of_layout()))
        self.refused_by("check_headers.py", "KVS_KV_V1")

    def test_a_function_without_a_thread_tag_is_found(self):
        self.change("call.h", r" Cheap enough to ask once a batch. \[any\]", "")

        self.refused_by("check_headers.py", "kvs_cancel_t.cancelled has no thread tag")

    def test_a_tag_behind_the_function_before_does_not_count(self):
        self.change("abi.h", r"( \(\*release\)\(struct kvs_ref \*self\) KVS_NOEXCEPT;).*", r"\1")

        self.refused_by("check_headers.py", "kvs_ref_t.release has no thread tag")

    def test_a_function_that_may_throw_is_found(self):
        self.change("call.h", r"(\(\*done\)\(void \*ctx, kvs_status_t status\)) KVS_NOEXCEPT", r"\1")

        self.refused_by("check_headers.py", "kvs_completion_t.done lacks KVS_NOEXCEPT")

    def test_a_type_without_a_fixed_width_is_found(self):
        self.change("call.h", r"uint32_t( +)flags;", r"unsigned\1flags;")

        self.refused_by("check_headers.py", "use types of a fixed width")

    def test_a_draft_among_the_stable_headers_is_found(self):
        self.change("kvs.h", r'#include "kvs/abi/host.h"', '\\g<0>\n#include "kvs/abi/draft/dialer.h"')

        self.refused_by("check_headers.py", "kvs.h includes this draft")

    def test_a_stable_header_that_nobody_includes_is_found(self):
        self.change("kvs.h", r'#include "kvs/abi/port/cache.h"\n', "")

        self.refused_by("check_headers.py", "kvs/abi/port/cache.h: kvs.h does not include it")

    def test_a_misspelled_id_is_found(self):
        self.change("draft/dialer.h", r'"kvs.dialer/1"', '"kvs.Dialer/v1"')

        self.refused_by("check_headers.py", "is no interface id")

    def test_a_hole_in_a_struct_does_not_compile(self):
        self.change("abi.h", r"^\} kvs_str_t;", "  uint32_t more;\n} kvs_str_t;")

        self.refused_by("compile_matrix.py", "padding")

    def test_a_header_that_leans_on_another_does_not_compile_alone(self):
        self.change("port/kv.h", r'#include "kvs/abi/call.h"\n', "")

        self.refused_by("compile_matrix.py", "kvs/abi/port/kv.h with gcc")

    def test_what_the_reader_does_not_understand_is_an_error(self):
        self.change("abi.h", r"^typedef struct kvs_bytes \{", "typedef union kvs_u {\n  uint64_t a;\n} kvs_u_t;\n\n\\g<0>")

        self.refused_by("check_headers.py", "only named structs and unnamed enums")


if __name__ == "__main__":
    unittest.main()
