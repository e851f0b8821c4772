// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/http_stub.h"

#include <unistd.h>

#include <cctype>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "kvs/base/check.h"
#include "kvs/base/str_cat.h"

namespace kvs::testkit {
namespace {

// Reads until `text` has what is asked for; false when the peer is gone.
bool ReadMore(int fd, std::string* text) {
  char buffer[65536];
  const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
  if (n <= 0) return false;
  text->append(buffer, static_cast<size_t>(n));
  return true;
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Reads one request; `left` keeps what came behind it.
bool ReadRequest(int fd, std::string* left, HttpStub::Request* out) {
  size_t end;
  while ((end = left->find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore(fd, left)) return false;
  }
  const std::string head = left->substr(0, end + 2);
  left->erase(0, end + 4);
  size_t at = head.find("\r\n");
  const std::string line = head.substr(0, at);
  out->method = line.substr(0, line.find(' '));
  const size_t target = line.find(' ') + 1;
  out->target = line.substr(target, line.rfind(' ') - target);
  for (at += 2; at < head.size();) {
    const size_t stop = head.find("\r\n", at);
    const size_t colon = head.find(':', at);
    std::string name = head.substr(at, colon - at);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    size_t value = colon + 1;
    while (value < stop && head[value] == ' ') ++value;
    out->headers[name] = head.substr(value, stop - value);
    at = stop + 2;
  }
  const size_t length = std::strtoull(out->header("content-length").c_str(), nullptr, 10);
  while (left->size() < length) {
    if (!ReadMore(fd, left)) return false;
  }
  out->body = left->substr(0, length);
  left->erase(0, length);
  return true;
}

}  // namespace

std::string HttpStub::Request::query() const {
  const size_t at = target.find('?');
  return at == std::string::npos ? "" : target.substr(at + 1);
}

std::string HttpStub::Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpStub::HttpStub(Handler handler) : handler_(std::move(handler)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  KVS_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  KVS_CHECK(listen(listener_, 64) == 0);
  KVS_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  accepter_ = std::thread([this] { Accept(); });
}

HttpStub::~HttpStub() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  accepter_.join();
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
}

std::string HttpStub::address() const {
  return StrCat("127.0.0.1:", port_);
}

std::vector<HttpStub::Request> HttpStub::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int HttpStub::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void HttpStub::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    ++connections_;
    open_.insert(fd);
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void HttpStub::Serve(int fd) {
  std::string left;
  Request request;
  while (ReadRequest(fd, &left, &request)) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const Answer answer = handler_(request);
    if (answer.hang_up) break;
    std::string head = StrCat("HTTP/1.1 ", answer.code, " Answer\r\n");
    for (const auto& [name, value] : answer.headers) StrAppend(head, name, ": ", value, "\r\n");
    const int64_t length = answer.content_length >= 0 ? answer.content_length
                                                      : static_cast<int64_t>(answer.body.size());
    StrAppend(head, "Content-Length: ", length, "\r\n\r\n");
    if (!WriteAll(fd, head) || (request.method != "HEAD" && !WriteAll(fd, answer.body))) break;
    if (answer.content_length >= 0 && request.method != "HEAD") break;
    request = Request();
  }
  const std::lock_guard lock(mutex_);
  open_.erase(fd);
  close(fd);
}

}  // namespace kvs::testkit
