// SPDX-License-Identifier: Apache-2.0
// Configuration of a component as a plain struct. Defaults stand once, in the struct; the schema binds names to members:
//
//   struct Config {
//     std::string dir = "./data";
//     sdk::Duration sync_interval{5000};
//     static const sdk::Schema<Config>& Schema();
//   };
//   const sdk::Schema<Config>& Config::Schema() {
//     static const sdk::Schema<Config> kSchema{{"dir", &Config::dir, "Folder for objects"},
//                                              {"sync_interval", &Config::sync_interval, "Time between syncs"}};
//     return kSchema;
//   }
#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/config.h"
#include "kvs/base/status.h"

namespace kvs::sdk {

/// "1h30m" in a file.
struct Duration {
  int64_t ms = 0;
};
/// "64MiB" in a file.
struct ByteSize {
  int64_t bytes = 0;
};
/// Text that is never printed.
struct Secret {
  std::string value;
};

/// What else a key says, beside name, member and summary.
struct KeyOptions {
  uint32_t flags = 0;                      ///< KVS_CONFIG_REQUIRED and so on
  const char* const* choices = nullptr;    ///< NULL-terminated, static
  double minimum = 0;
  double maximum = 0;
};

namespace internal {

template <typename T> struct ConfigField;  // How each member type is named, read and printed. See config.cc.
#define KVS_INTERNAL_FIELD(T, number)                    \
  template <> struct ConfigField<T> {                    \
    static constexpr kvs_config_type_t kType = number;   \
    static void Read(const kvs_config_value_t& value, T& out); \
    static std::string Print(const T& value);            \
  };
KVS_INTERNAL_FIELD(bool, KVS_CONFIG_BOOL)
KVS_INTERNAL_FIELD(int64_t, KVS_CONFIG_INT)
KVS_INTERNAL_FIELD(double, KVS_CONFIG_FLOAT)
KVS_INTERNAL_FIELD(std::string, KVS_CONFIG_STRING)
KVS_INTERNAL_FIELD(Duration, KVS_CONFIG_DURATION)
KVS_INTERNAL_FIELD(ByteSize, KVS_CONFIG_BYTES)
KVS_INTERNAL_FIELD(Secret, KVS_CONFIG_SECRET)
KVS_INTERNAL_FIELD(std::vector<std::string>, KVS_CONFIG_STRINGS)
using StringMap = std::map<std::string, std::string>;
KVS_INTERNAL_FIELD(StringMap, KVS_CONFIG_MAP)
#undef KVS_INTERNAL_FIELD

}  // namespace internal

/// The keys of a component type and the members they fill. Lives as long as the process.
template <typename C>
class Schema {
 public:
  struct Key {
    /// `member` is of C, or of what it derives from.
    template <typename T, typename Base>
    Key(const char* name, T Base::*member, const char* summary, KeyOptions options = {})
        : raw{name, internal::ConfigField<T>::kType, options.flags, nullptr, summary, options.choices, options.minimum, options.maximum},
          read([member](const kvs_config_value_t& value, C& out) { internal::ConfigField<T>::Read(value, out.*member); }),
          default_text(internal::ConfigField<T>::Print(C{}.*member)) {}
    kvs_config_key_t raw;
    std::function<void(const kvs_config_value_t&, C&)> read;
    std::string default_text;
  };

  /// `more`: keys that several types have.
  Schema(std::initializer_list<Key> keys, const std::vector<Key>& more = {}) : keys_(keys) {
    keys_.insert(keys_.end(), more.begin(), more.end());
    for (Key& key : keys_) {
      if (!key.default_text.empty()) key.raw.default_value = key.default_text.c_str();
      raw_.push_back(key.raw);
    }
  }
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  const std::vector<kvs_config_key_t>& raw() const { return raw_; }
  /// The struct that the kernel's values make; keys that are not set keep their defaults.
  C Read(const kvs_config_t& config) const {
    C out;
    for (size_t i = 0; i < keys_.size() && i < config.n_values; ++i) {
      if (config.values[i].is_set != 0) keys_[i].read(config.values[i], out);
    }
    return out;
  }

 private:
  std::vector<Key> keys_;
  std::vector<kvs_config_key_t> raw_;
};

}  // namespace kvs::sdk
