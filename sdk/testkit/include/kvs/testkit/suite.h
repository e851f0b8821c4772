// SPDX-License-Identifier: Apache-2.0
// Conformance suites: what every provider of a port has to do, as lists of named cases. A case is a
// plain function over the port, so the same suite runs under googletest, in a vendor's own harness
// and in `kvasir plugin-check`.
//
//   for (const testkit::Case& c : testkit::ObjectStoreSuite().cases) {
//     Backend store(host, config);                                        // A fresh one for each
//     case. testkit::Context context(sdk::IfaceOf<sdk::ObjectStore>(&store)); const Status status =
//     c.run(context);
//   }
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/abi/abi.h"
#include "kvs/base/status.h"

namespace kvs::testkit {

/// What a case runs against. The component has started, and is alone in its store.
class Context {
 public:
  explicit Context(const kvs_iface_t& iface) : iface_(iface) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The port under test: `context.Port<sdk::StoreRef>()`.
  template <typename Ref>
  Ref Port() const {
    return Ref(iface_);
  }

  /// A further port of the same component, for cases that need something to look at: a source is
  /// filled through its sink.
  Context& With(const kvs_iface_t& sibling) {
    siblings_.push_back(sibling);
    return *this;
  }
  /// Empty when the component has no such port.
  template <typename Ref>
  Ref Sibling() const {
    for (const kvs_iface_t& sibling : siblings_) {
      if (std::string_view(sibling.id) == Ref::Port::kId) return Ref(sibling);
    }
    return Ref();
  }

  /// How time passes for the component. Without it, cases wait for the real clock.
  Context& WithTime(std::function<void(int64_t ms)> pass_time) {
    pass_time_ = std::move(pass_time);
    return *this;
  }
  void PassTime(int64_t ms) const;

  /// Where a component that listens is reached, "127.0.0.1:PORT"; empty when nobody knows.
  Context& WithAddress(std::string address) {
    address_ = std::move(address);
    return *this;
  }
  const std::string& address() const { return address_; }

 private:
  const kvs_iface_t iface_;
  std::vector<kvs_iface_t> siblings_;
  std::function<void(int64_t ms)> pass_time_;
  std::string address_;
};

/// One demand on a port. `run` returns OK, what is wrong, or Skip().
struct Case {
  const char* name;  ///< a sentence in CamelCase: "OverwriteIsVisibleAtOnce"
  Status (*run)(Context& context);
};

/// Every demand on one port.
struct Suite {
  const char* iface;  ///< "kvs.object_store/1"
  std::span<const Case> cases;
};

/// The component cannot be asked this. Not a failure.
Status Skip(std::string why);
bool IsSkip(const Status& status);

const Suite& AuthenticatorSuite();
const Suite& CacheSuite();
const Suite& HttpRoutesSuite();
const Suite& IndexerSuite();
const Suite& KvSuite();
const Suite& LimiterSuite();
const Suite& NotifierSuite();
const Suite& ObjectStoreSuite();
const Suite& SeriesSinkSuite();
const Suite& SeriesSourceSuite();

/// Every suite there is. [any]
std::span<const Suite* const> Suites();
/// By the id of the interface; NULL when nothing is demanded of it yet. [any]
const Suite* FindSuite(std::string_view iface);

/// For INSTANTIATE_TEST_SUITE_P over Suite::cases.
struct CaseName {
  template <typename Info>
  std::string operator()(const Info& info) const {
    return info.param.name;
  }
};

}  // namespace kvs::testkit
