// SPDX-License-Identifier: Apache-2.0
// Reloaded: a value that is made of files, and made anew when one of them changes. What cannot be
// used leaves the value as it was, is logged, and shows in kvs_reload_successful.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/file_watch.h"
#include "kvs/sdk/host.h"

namespace kvs::sdk {

template <typename T>
class Reloaded {
 public:
  using Make = std::function<StatusOr<std::shared_ptr<const T>>()>;

  /// `what`: for the log and the metric, eg: "tokens". `make` runs on [main] and then on [worker],
  /// one at a time.
  Reloaded(Host host, std::string what, std::vector<std::string> paths, Make make)
      : host_(host),
        log_(host.log()),
        what_(std::move(what)),
        make_(std::move(make)),
        watch_(host, std::move(paths), [this] { Again(); }) {}

  /// The error of the first making. [main]
  Status Start(int64_t period_ms) {
    // Only now: what is never read has neither succeeded nor failed.
    successful_ = host_.metrics()
                      .GaugeFamily(
                          "kvs_reload_successful",
                          "1 when the files of a component could be used when they were read last.",
                          {"component", "what"})
                      .With({host_.component(), what_});
    watch_.Start(period_ms);
    auto made = make_();
    if (!made.ok()) {
      watch_.Stop();
      return made.status();
    }
    Set(*std::move(made));
    return OkStatus();
  }
  /// [main]
  void Stop() { watch_.Stop(); }

  /// Null before Start(). [any]
  std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  void Again() {
    auto made = make_();
    if (made.ok()) {
      Set(*std::move(made));
      log_.Info("read again, since a file has changed", {{"what", what_}});
      return;
    }
    successful_.Set(0);
    log_.Error("a changed file cannot be used; what was read before stays",
               {{"what", what_}, {"error", made.status().message()}});
  }
  void Set(std::shared_ptr<const T> value) {
    successful_.Set(1);
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
  }

  const Host host_;
  const Log log_;
  const std::string what_;
  Cell successful_;
  const Make make_;
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;  // Guarded by mutex_.
  FileWatch watch_;
};

}  // namespace kvs::sdk
