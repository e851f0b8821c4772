// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::source::blocks {
namespace {

constexpr const char* kDiscoveries[] = {"auto", "index", "list", nullptr};

// A member of Config as a key of a schema of C, which derives from it.
template <typename C, typename T>
typename sdk::Schema<C>::Key KeyOf(const char* name, T Config::*member, const char* summary,
                                   sdk::KeyOptions options = {}) {
  return {name, static_cast<T C::*>(member), summary, options};
}

// How blocks are found, and how a ring shares them.
#define KVS_KEYS_OF_FINDING(C)                                                                    \
  KeyOf<C>("discovery", &Config::discovery,                                                       \
           "How blocks are found: index (bucket-index.json.gz, which a compactor writes), list "  \
           "(listing the tenant's folder), auto (the index, or listing where it is missing or "   \
           "too old)",                                                                            \
           {.choices = kDiscoveries}),                                                            \
      KeyOf<C>("sync_interval", &Config::sync_interval,                                           \
               "Time after which a tenant's blocks are looked for anew",                          \
               {.minimum = 1, .maximum = 86'400'000}),                                            \
      KeyOf<C>("bucket_index.max_stale_period", &Config::max_stale_period,                        \
               "A bucket index that was written longer ago is too old, because new blocks would " \
               "be missing; 0s: any age will do"),                                                \
      KeyOf<C>("ignore_deletion_mark_delay", &Config::ignore_deletion_mark_delay,                 \
               "Blocks are no longer read so long after they were marked for deletion"),          \
      KeyOf<C>("ignore_blocks_within", &Config::ignore_blocks_within,                             \
               "Blocks with nothing older than this are not read, because the head still has "    \
               "their samples; 0s: all are"),                                                     \
      KeyOf<C>("query_store_after", &Config::query_store_after,                                   \
               "Samples younger than this are not looked for here, because the head has them; "   \
               "0s: all are"),                                                                    \
      KeyOf<C>("tenant_shard_size", &Config::tenant_shard_size,                                   \
               "Of a ring: over so many store-gateways the blocks of a tenant are spread that "   \
               "has no store_gateway_tenant_shard_size; 0: all",                                  \
               {.minimum = 0, .maximum = 1e6})

}  // namespace

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"data_dir", &Config::data_dir, "Folder for the headers of indexes, used by nobody else"},
      KVS_KEYS_OF_FINDING(Config),
      {"strict", &Config::strict,
       "A block that cannot be read fails the query instead of being left out with a warning"},
      {"max_bytes_per_query",
       &Config::max_bytes_per_query,
       "Bytes of blocks that one query may hold in memory",
       {.minimum = 1 << 20, .maximum = 1e15}},
      {"max_bytes_in_flight",
       &Config::max_bytes_in_flight,
       "Bytes of blocks that all queries together may hold in memory",
       {.minimum = 1 << 20, .maximum = 1e15}},
      {"fetch.gap",
       &Config::fetch_gap,
       "Ranges of an object that are no further apart are read as one",
       {.minimum = 0, .maximum = 1 << 30}},
      {"fetch.ahead",
       &Config::fetch_ahead,
       "Bytes of chunks that a query fetches at a time",
       {.minimum = 64 << 10, .maximum = 1 << 30}},
      {"fetch.concurrency",
       &Config::fetch_concurrency,
       "Reads of one query and block that are under way at once",
       {.minimum = 1, .maximum = 1024}},
      {"headers.size",
       &Config::headers_size,
       "Bytes that headers may take on disk",
       {.minimum = 1 << 20, .maximum = 1e15}},
      {"headers.idle_timeout", &Config::headers_idle_timeout,
       "Headers leave memory, not the disk, when nobody has used them for so long; 0s: never"},
  };
  return kSchema;
}

const sdk::Schema<RingConfig>& RingConfig::Schema() {
  static const sdk::Schema<RingConfig> kSchema{
      KVS_KEYS_OF_FINDING(RingConfig),
      {"prefer_zone", &RingConfig::prefer_zone,
       "Zone that is asked first, such as one's own; empty: they take turns"},
  };
  return kSchema;
}
#undef KVS_KEYS_OF_FINDING

}  // namespace kvs::source::blocks
