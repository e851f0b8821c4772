// SPDX-License-Identifier: Apache-2.0
// HttpStub: an HTTP/1.1 server whose answers a test writes, for whatever is a client of somebody
// else's service.
//
//   testkit::HttpStub server([](const testkit::HttpStub::Request& request) {
//     return testkit::HttpStub::Answer{.code = 503, .body = "busy"};
//   });
//   Config config{.endpoint = server.address()};
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace kvs::testkit {

/// Listens on a free port of 127.0.0.1 from the constructor to the destructor; a thread for each
/// connection.
class HttpStub {
 public:
  struct Request {
    std::string method, target;                  ///< target as it was sent, with the query
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
    std::string path() const { return target.substr(0, target.find('?')); }
    std::string query() const;
    std::string header(const std::string& name) const;
  };
  struct Answer {
    int code = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool hang_up = false;         ///< closes the connection instead of answering
    int64_t content_length = -1;  ///< what the header says, when not the truth
  };
  using Handler = std::function<Answer(const Request& request)>;

  /// The handler runs on many threads at once.
  explicit HttpStub(Handler handler);
  ~HttpStub();
  HttpStub(const HttpStub&) = delete;
  HttpStub& operator=(const HttpStub&) = delete;

  /// "127.0.0.1:PORT"
  std::string address() const;
  uint16_t port() const { return port_; }
  /// In the order of their arrival.
  std::vector<Request> requests() const;
  int connections() const;

 private:
  void Accept();
  void Serve(int fd);

  const Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::vector<Request> requests_;
  int connections_ = 0;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::thread accepter_;
};

}  // namespace kvs::testkit
