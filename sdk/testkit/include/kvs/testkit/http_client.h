// SPDX-License-Identifier: Apache-2.0
// HttpClient: one TCP connection to a server under test, over which goes exactly what a test says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvs::testkit {

/// Reads give up after five seconds, so that a hanging server fails the test and not the build.
class HttpClient {
 public:
  struct Reply {
    int status = 0;    ///< 0: the connection ended instead.
    std::string head;  ///< With its line of status and the last line's end.
    std::string body;
    /// The value of a header, however its name is spelled; empty when there is none.
    std::string Header(std::string_view name) const;
  };

  /// To 127.0.0.1.
  explicit HttpClient(uint16_t port);
  ~HttpClient() { Close(); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// False when nobody listens.
  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void Close();
  /// False when the server has closed.
  bool Send(std::string_view bytes);
  /// The next answer, with as much of a body as Content-Length says. `bodiless`: the answer to
  /// HEAD.
  Reply Receive(bool bodiless = false);
  Reply Roundtrip(std::string_view request);
  /// `headers`: lines with their ends.
  Reply Get(std::string_view target, std::string_view headers = "");
  Reply Post(std::string_view target, std::string_view body, std::string_view headers = "");
  /// What comes up to and with `last`; all there is when the connection ends before.
  std::string Await(std::string_view last);
  /// What comes until the server closes.
  std::string Rest();
  /// True when the server closes without another byte.
  bool EndsQuietly() { return buffer_.empty() && !ReadMore() && buffer_.empty() && ended_; }

 private:
  std::string TakeOut(size_t n);
  bool ReadMore();

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
};

}  // namespace kvs::testkit
