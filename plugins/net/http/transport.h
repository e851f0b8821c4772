// SPDX-License-Identifier: Apache-2.0
// Transport: the bytes of one connection, plain or TLS, so that the rest of the server does not
// care. Everything runs on the connection's strand, where callbacks arrive too. At most one read
// and one write at a time. [strand]
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "kvs/base/status.h"

#include "config.h"

namespace boost::asio::ssl {
class context;
}

namespace kvs::net::http {

/// What a client's certificate says, once it has been verified; empty without one.
struct PeerCertificate {
  std::string subject;  ///< RFC 2253: "CN=agent,O=team-a"
  std::vector<std::string>
      names;  ///< "DNS:agent.team-a", "URI:spiffe://...", "EMAIL:...", "IP:10.0.0.7"
};

class Transport {
 public:
  using Error = boost::system::error_code;
  using Done = std::function<void(Error error, size_t bytes)>;

  virtual ~Transport() = default;
  /// Before anything else. Plain: at once.
  virtual void Handshake(Done done) = 0;
  /// After the handshake.
  virtual PeerCertificate Peer() const { return {}; }
  /// At least one byte, or an error.
  virtual void ReadSome(boost::asio::mutable_buffer into, Done done) = 0;
  /// All of it; the buffers' memory lives until `done`.
  virtual void Write(std::vector<boost::asio::const_buffer> buffers, Done done) = 0;
  /// Tells the client that nothing more will be written.
  virtual void EndWriting(Done done) = 0;
  /// Ends everything under way with an error.
  virtual void Close() = 0;
};

std::unique_ptr<Transport> MakePlainTransport(boost::asio::ip::tcp::socket socket);

/// TLS settings, as they stood in the files at one time.
class TlsContext {
 public:
  /// InvalidArgument naming the file that cannot be used.
  static StatusOr<std::shared_ptr<const TlsContext>> Make(const Config& config);
  ~TlsContext();

  std::unique_ptr<Transport> MakeTransport(boost::asio::ip::tcp::socket socket) const;

 private:
  explicit TlsContext(std::unique_ptr<boost::asio::ssl::context> context);
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace kvs::net::http
