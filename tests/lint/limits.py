#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which limits of tenants are held, and by whom: docs/limits.md is what limiter.static knows, and who asks for it in the sources.

usage: limits.py ROOT [--write]

A limit that nobody asks for must stand in UNHELD with the reason; one that is asked for must not. docs/limits.md is written with
--write, and compared without.
"""
import pathlib
import re
import sys

# Limits that are taken from a file of Mimir's, so that it works as it is, and held by nobody: why.
UNHELD = {
    "ruler_alertmanager_client_config": "the ruler's Alertmanagers are those of its configuration",
    "ruler_evaluation_consistency_max_delay": "what is written can be read at once",
    "ruler_max_independent_rule_evaluation_concurrency_per_tenant": "rules of a group run in waves",
    "ruler_sync_rules_on_changes_enabled": "changes are always seen at once",
}
# Held by the limiter itself, as part of a rate.
OF_THE_LIMITER = {"ingestion_burst_factor", "ingestion_burst_size", "request_burst_size"}
# Limits of Mimir that mean nothing here: parts that do not exist, or what is always so. They are taken without an effect, and said so.
ABSENT = {
    "active_series_additional_custom_trackers": "trackers are one list, `active_series_custom_trackers`",
    "align_queries_with_step": "answers are those of Prometheus, always",
    "cache_unaligned_requests": "a setting of engine.frontend, of all tenants",
    "early_head_compaction_owned_series_threshold": "the head has no cliff every two hours",
    "ha_tracker_update_timeout": "a setting of sink.ha_dedup, of all tenants",
    "ignore_ooo_exemplars": "exemplars out of order are dropped without an error",
    "ingest_storage_read_consistency": "there is no ingest storage",
    "labels_query_optimizer_enabled": "always so",
    "max_active_series_per_user": "of ingest storage; `max_global_series_per_user` holds",
    "max_estimated_fetched_chunks_per_query_multiplier": "nothing is estimated: chunks are counted",
    "out_of_order_blocks_external_label_enabled": "blocks of late samples carry no label",
    "prom2_range_compat": "ranges are those of Prometheus 3",
    "s3_sse_type": "a setting of storage.s3",
    "separate_metrics_group_label": "not built",
    "subquery_spin_off_enabled": "a planner's business",
}
HEAD = """# Limits of tenants

Every limit that [limiter.static](../plugins/limiter/static/README.md) knows, with its default and who holds it. Names are Mimir's. This page is
generated from the sources by `tests/lint/limits.py . --write`; the linter compares the two.

| limit | default | held by |
|---|---|---|
"""


def known(root):
    """Name, and default as a file would spell it, of every limit that the limiter knows."""
    text = (root / "plugins/limiter/static/limit_values.cc").read_text()
    for name, kind, number, string in re.findall(r'\{"(\w+)",\s*k(\w+),\s*([^,]+),\s*"([^"]*)"\}', text):
        if kind in ("Text", "Json"):
            yield name, f"`{string}`" if string else ""
        elif number == "kElsewhere":
            yield name, "its holder's"
        elif kind == "Switch":
            yield name, "`true`" if number == "1" else "`false`"
        else:
            yield name, f"`{spelled(kind, number)}`"


def spelled(kind, number):
    minutes = re.fullmatch(r"(\d+) \* kMinuteMs", number)
    days = re.fullmatch(r"(\d+) \* kDayMs", number)
    mib = re.fullmatch(r"(\d+) \* kMiB", number)
    if minutes:
        return f"{minutes[1]}m"
    if days:
        return f"{days[1]}d"
    if mib:
        return f"{mib[1]}MiB"
    return f"{number}s" if kind == "Duration" else number.replace("'", "")


def holders(root):
    """Of each name in quotes in the sources of plugins and parts: whose."""
    found = {}
    for path in sorted([*root.glob("plugins/**/*.cc"), *root.glob("plugins/**/*.h"), *root.glob("sdk/*/*.cc")]):
        rel = path.relative_to(root)
        if re.search(r"_(test|bench|fuzz)\.cc$", path.name) or rel.parts[:3] == ("plugins", "limiter", "static"):
            continue
        if rel.parts[:2] in (("sdk", "testkit"), ("sdk", "abi")):
            continue
        folder = path.parent
        while not (folder / "CMakeLists.txt").exists():
            folder = folder.parent
        where = folder.relative_to(root)
        whose = ".".join(where.parts[1:]) if where.parts[0] == "plugins" else "/".join(where.parts)
        for name in re.findall(r'"([a-z][a-z0-9_]+)"', path.read_text()):
            found.setdefault(name, {})[whose] = f"[{whose}](../{where.as_posix()}/README.md)"
    return found


def page(root, held):
    out = [HEAD]
    for name, default in known(root):
        if name in held:
            who = ", ".join(held[name][w] for w in sorted(held[name]))
        elif name in OF_THE_LIMITER:
            who = "[limiter.static](../plugins/limiter/static/README.md)"
        else:
            who = f"nobody: {UNHELD.get(name, '')}"
        out.append(f"| `{name}` | {default} | {who} |\n")
    out.append("\nLimits of Mimir that are read from a file and mean nothing here:\n\n| limit | why |\n|---|---|\n")
    out += [f"| `{name}` | {why} |\n" for name, why in sorted(ABSENT.items())]
    return "".join(out)


def findings(root, write):
    names = {name for name, _ in known(root)}
    held = {name: who for name, who in holders(root).items() if name in names}
    if len(names) < 50:
        yield "plugins/limiter/static/limit_values.cc: the table of limits is not where it was"
    for name in sorted(names - set(held) - set(UNHELD) - OF_THE_LIMITER):
        yield f"{name}: known to limiter.static, and nobody holds it; hold it, or say why not in tests/lint/limits.py"
    for name in sorted(set(UNHELD) & set(held)):
        yield f"{name}: held by {', '.join(held[name])}, and tests/lint/limits.py says by nobody"
    for name in sorted((set(UNHELD) | OF_THE_LIMITER) - names) + sorted(set(ABSENT) & names):
        yield f"{name}: tests/lint/limits.py and limiter.static do not agree on whether it is known"
    wanted = page(root, held)
    file = root / "docs/limits.md"
    if write:
        file.write_text(wanted)
    elif not file.exists() or file.read_text() != wanted:
        yield "docs/limits.md is not what the sources say; write it by: tests/lint/limits.py . --write"


found = list(findings(pathlib.Path(sys.argv[1]).resolve(), "--write" in sys.argv))
print("\n".join(found), end="\n" if found else "")
sys.exit(1 if found else 0)
