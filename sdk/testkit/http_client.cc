// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/http_client.h"

#include <strings.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "kvs/base/str_cat.h"

namespace kvs::testkit {

std::string HttpClient::Reply::Header(std::string_view name) const {
  for (size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
    const size_t begin = at + 2, end = head.find("\r\n", begin), colon = begin + name.size();
    if (end == std::string::npos) break;
    if (colon >= end || head[colon] != ':') continue;
    if (strncasecmp(head.data() + begin, name.data(), name.size()) != 0) continue;
    const size_t value = head.find_first_not_of(" \t", colon + 1);
    return value >= end ? std::string() : head.substr(value, end - value);
  }
  return {};
}

HttpClient::HttpClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval timeout{5, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

void HttpClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

bool HttpClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

HttpClient::Reply HttpClient::Receive(bool bodiless) {
  Reply reply;
  size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return reply;
  }
  reply.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  reply.status = reply.head.size() < 9 ? 0 : std::atoi(reply.head.c_str() + 9);
  const size_t length =
      bodiless ? 0 : static_cast<size_t>(std::atoll(reply.Header("Content-Length").c_str()));
  while (buffer_.size() < length) {
    if (!ReadMore()) return {};
  }
  reply.body = TakeOut(length);
  return reply;
}

HttpClient::Reply HttpClient::Roundtrip(std::string_view request) {
  Send(request);
  return Receive();
}

HttpClient::Reply HttpClient::Get(std::string_view target, std::string_view headers) {
  return Roundtrip(StrCat("GET ", target, " HTTP/1.1\r\nHost: x\r\n", headers, "\r\n"));
}

HttpClient::Reply HttpClient::Post(std::string_view target, std::string_view body,
                                   std::string_view headers) {
  return Roundtrip(StrCat("POST ", target, " HTTP/1.1\r\nHost: x\r\nContent-Length: ", body.size(),
                          "\r\n", headers, "\r\n", body));
}

std::string HttpClient::Await(std::string_view last) {
  size_t at = 0;
  while ((at = buffer_.find(last)) == std::string::npos && ReadMore()) {
  }
  return TakeOut(at == std::string::npos ? buffer_.size() : at + last.size());
}

std::string HttpClient::Rest() {
  while (ReadMore()) {
  }
  return TakeOut(buffer_.size());
}

std::string HttpClient::TakeOut(size_t n) {
  std::string out = buffer_.substr(0, n);
  buffer_.erase(0, n);
  return out;
}

bool HttpClient::ReadMore() {
  char bytes[65536];
  const ssize_t n = recv(fd_, bytes, sizeof(bytes), 0);
  if (n == 0 || (n < 0 && errno == ECONNRESET)) ended_ = true;
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(n));
  return true;
}

}  // namespace kvs::testkit
