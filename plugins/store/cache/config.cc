// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::store::cache {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"cacheable", &Config::cacheable,
       "Which keys are kept: patterns in which * stands for anything; name only what nobody "
       "overwrites"},
      {"page_size",
       &Config::page_size,
       "Unit of reading and keeping",
       {.minimum = 1024, .maximum = 64.0 * (1 << 20)}},
      {"memory_size",
       &Config::memory_size,
       "Bytes kept in memory at most",
       {.minimum = 0, .maximum = 1e13}},
      {"disk.dir", &Config::disk_dir,
       "Folder for what is kept on disk, used by nobody else; empty: none"},
      {"disk.size",
       &Config::disk_size,
       "Bytes kept on disk at most",
       {.minimum = 0, .maximum = 1e15}},
      {"ttl", &Config::ttl,
       "Read anew what was read longer ago; 0s: keep as long as there is room"},
      {"fetch_timeout",
       &Config::fetch_timeout,
       "Deadline of a read that several callers may share",
       {.minimum = 1, .maximum = 3'600'000}},
  };
  return kSchema;
}

}  // namespace kvs::store::cache
