// SPDX-License-Identifier: Apache-2.0
// What cache.memcached does when servers are not there, hang, or speak nonsense. What it does with
// a real one, tests/services/memcached_test.sh shows.
#include "backend.h"

#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/owned.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::cache::memcached {
namespace {

using boost::asio::ip::tcp;

/// Listens, and answers the first line of each connection with `answer`; with none it only listens.
class FakeServer {
 public:
  explicit FakeServer(std::string answer) : answer_(std::move(answer)) {
    if (!answer_.empty()) thread_ = std::thread([this] { Run(); });
  }
  ~FakeServer() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    tcp::socket wake(context_);
    boost::system::error_code ignored;
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  std::string address() const { return StrCat("127.0.0.1:", acceptor_.local_endpoint().port()); }
  int connections() const { return connections_; }

 private:
  void Run() {
    while (true) {
      tcp::socket socket = acceptor_.accept();
      if (stopping_) return;
      ++connections_;
      boost::system::error_code error;
      boost::asio::streambuf bytes;
      boost::asio::read_until(socket, bytes, "\r\n", error);
      boost::asio::write(socket, boost::asio::buffer(answer_), error);
      // The connection ends with the socket.
    }
  }
  const std::string answer_;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

class CacheMemcachedTest : public ::testing::Test {
 protected:
  void Start(Config config) {
    backend_ = std::make_unique<Backend>(host_.host(), std::move(config));
    ASSERT_TRUE(testkit::StartComponent(*backend_).ok());
  }
  ~CacheMemcachedTest() override {
    if (backend_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*backend_).ok());
  }
  // "value", or "-" for a miss.
  std::string Get(std::string_view key) {
    const sdk::CacheRef ref(sdk::IfaceOf<sdk::Cache>(backend_.get()));
    const kvs_str_t raw = sdk::Str(key);
    auto in = sdk::Record<kvs_cache_keys_t>();
    in.keys = &raw;
    in.n_keys = 1;
    sdk::Owned<kvs_cache_values_t> out;
    EXPECT_TRUE(sdk::Await(ref.get(), sdk::OwnedCall("t"), &in, out.out()).ok());
    return out->values[0].data == nullptr ? "-" : std::string(sdk::TextOf(out->values[0]));
  }
  double Failures(const std::string& server, const char* reason) {
    return host_.metrics().Value("kvs_cache_memcached_operation_failures_total",
                                 {{"server", server}, {"reason", reason}});
  }

  testkit::TestHost host_;
  std::unique_ptr<Backend> backend_;
};

TEST_F(CacheMemcachedTest, AServerThatIsNotThereIsAMissAndThenLeftAlone) {
  Start({.addresses = {"127.0.0.1:1"}, .max_failures = 2, .pause = {3'600'000}});

  for (int i = 0; i < 5; ++i) EXPECT_EQ(Get("k"), "-");

  EXPECT_EQ(Failures("127.0.0.1:1", "connect"), 2);
  EXPECT_EQ(Failures("127.0.0.1:1", "paused"), 3);
  EXPECT_TRUE(host_.Logged("left alone"));
}

TEST_F(CacheMemcachedTest, AServerThatDoesNotAnswerIsAMissAfterTheTimeout) {
  const FakeServer silent("");
  Start({.addresses = {silent.address()}, .timeout = {20}});

  EXPECT_EQ(Get("k"), "-");

  EXPECT_EQ(Failures(silent.address(), "timeout"), 1);
}

TEST_F(CacheMemcachedTest, NonsenseIsAMiss) {
  const FakeServer nonsense("HTTP/1.1 400 Bad Request\r\n\r\n");
  Start({.addresses = {nonsense.address()}});

  EXPECT_EQ(Get("k"), "-");

  EXPECT_EQ(Failures(nonsense.address(), "protocol"), 1);
}

TEST_F(CacheMemcachedTest, AnAnswerThatBreaksOffIsAMiss) {
  const FakeServer half("VALUE kvasir:00 0 100\r\nabc");
  Start({.addresses = {half.address()}});

  EXPECT_EQ(Get("k"), "-");

  EXPECT_EQ(Failures(half.address(), "protocol") + Failures(half.address(), "connection"), 1);
}

TEST_F(CacheMemcachedTest, AConnectionThatTheServerClosedIsOpenedAgain) {
  const FakeServer polite("END\r\n");
  Start({.addresses = {polite.address()}, .max_failures = 1});

  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get("k"), "-");

  EXPECT_EQ(polite.connections(), 3);
  EXPECT_EQ(Failures(polite.address(), "connection"), 0);
}

}  // namespace
}  // namespace kvs::cache::memcached
