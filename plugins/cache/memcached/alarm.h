// SPDX-License-Identifier: Apache-2.0
// Alarm: rings once after a time, unless it is disarmed or armed anew before.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

namespace kvs::cache::memcached {

/// Disarmed in the beginning. Does not ring once it is gone. [loop]
class Alarm {
 public:
  Alarm(boost::asio::io_context& loop, std::function<void()> ring)
      : state_(std::make_shared<State>(loop, std::move(ring))) {}

  void Arm(std::chrono::milliseconds after) {
    state_->timer.expires_after(after);
    state_->timer.async_wait(
        [weak = std::weak_ptr<State>(state_)](const boost::system::error_code& error) {
          const std::shared_ptr<State> state = weak.lock();
          // A wait that has ended already cannot be cancelled: this may be one of another time.
          if (error || state == nullptr || state->timer.expiry() > Clock::now()) return;
          state->ring();
        });
  }
  void Disarm() { state_->timer.expires_at(Clock::time_point::max()); }

 private:
  using Clock = boost::asio::steady_timer::clock_type;
  struct State {
    State(boost::asio::io_context& loop, std::function<void()> what)
        : timer(loop), ring(std::move(what)) {}
    boost::asio::steady_timer timer;
    const std::function<void()> ring;
  };
  const std::shared_ptr<State> state_;
};

}  // namespace kvs::cache::memcached
