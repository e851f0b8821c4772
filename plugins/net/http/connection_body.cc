// SPDX-License-Identifier: Apache-2.0
// Bodies: those of a known size are read straight into their own memory, chunked ones go through
// the parser.
#include <algorithm>
#include <cstring>

#include "kvs/http/status_code.h"
#include "kvs/sdk/str.h"
#include "kvs/wire/compression.h"

#include "connection_wait.h"
#include "request_parser.h"

namespace kvs::net::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

// More than this is not worth reading for the sake of the connection.
constexpr uint64_t kSkipBytes = 256 << 10;
// Decompressing less takes a reactor thread no longer than handing it to a worker.
constexpr size_t kDecompressInlineBytes = 32 << 10;
// "0\r\n\r\n": a chunked body that is not whole yet has so much still to come, and Beast's parser
// asserts that it is not asked about less once it has seen the last chunk begin.
constexpr size_t kLastChunkBytes = 5;

}  // namespace

asio::awaitable<Connection::BodyResult> Connection::ReadBody(RequestParser& parser,
                                                             uint64_t limit) {
  const auto length = parser.content_length();
  const bool has_body = parser.chunked() || (length && *length > 0);
  if (!has_body) co_return BodyResult::kOk;
  if (length && *length > limit) co_return BodyResult::kTooLarge;
  EnterPhase(Phase::kBody, context_.config.body_timeout.ms);
  if (exchange_->Header("expect") == "100-continue")
    co_await WriteRaw("HTTP/1.1 100 Continue\r\n\r\n");
  BodyResult result;
  if (parser.chunked()) {
    result = co_await ReadChunkedBody(parser, limit);
  } else {
    result = co_await ReadSizedBody(*length);
  }
  co_return result;
}

asio::awaitable<Connection::BodyResult> Connection::ReadSizedBody(uint64_t size) {
  wire::ByteBuffer& body = exchange_->body;
  body.Reset(size);
  size_t have = std::min<size_t>(buffered().size(), size);
  std::memcpy(body.data(), buffered().data(), have);
  Consume(have);
  while (have < size) {
    bool ended = false;
    Transport::Error error;
    transport_->ReadSome(asio::buffer(body.data() + have, size - have),
                         [&, self = shared_from_this()](Transport::Error e, size_t n) {
                           error = e;
                           have += n;
                           ended = true;
                           self->Wake();
                         });
    co_await WaitUntil([&ended] { return ended; });
    if (error) {
      input_ended_ = true;
      co_return BodyResult::kGone;
    }
  }
  co_return BodyResult::kOk;
}

asio::awaitable<Connection::BodyResult> Connection::ReadChunkedBody(RequestParser& parser,
                                                                    uint64_t limit) {
  parser.body_limit(limit);
  parser.eager(true);
  while (!parser.is_done()) {
    if (buffered().size() >= kLastChunkBytes) {
      boost::system::error_code error;
      Consume(parser.put(asio::buffer(buffered().data(), buffered().size()), error));
      if (error == beast_http::error::body_limit) co_return BodyResult::kTooLarge;
      if (error && error != beast_http::error::need_more) co_return BodyResult::kBroken;
      if (!error && !buffered().empty()) continue;
      if (parser.is_done()) break;
      // The parser wants a longer piece than there is room for: no sender writes chunk headers like
      // that.
      if (error == beast_http::error::need_more &&
          end_ - begin_ >= static_cast<size_t>(context_.config.max_header_size.bytes)) {
        co_return BodyResult::kBroken;
      }
    }
    if (input_ended_) co_return BodyResult::kGone;
    StartReading();
    co_await WaitUntil([this] { return !reading_; });
  }
  const std::string& whole = parser.get().body();
  exchange_->body.Reset(whole.size());
  std::copy(whole.begin(), whole.end(), exchange_->body.data());
  co_return BodyResult::kOk;
}

asio::awaitable<bool> Connection::SkipBody(RequestParser& parser) {
  if (exchange_->Header("expect") == "100-continue") co_return false;
  const auto length = parser.content_length();
  if (!parser.chunked() && (!length || *length == 0)) co_return true;
  if (parser.chunked() || *length > kSkipBytes) co_return false;
  EnterPhase(Phase::kBody, context_.config.body_timeout.ms);
  const BodyResult result = co_await ReadSizedBody(*length);
  co_return result == BodyResult::kOk;
}

asio::awaitable<bool> Connection::DecodeBody(uint64_t limit) {
  Exchange& x = *exchange_;
  const std::string_view encoding = x.Header("content-encoding");
  if (encoding.empty() || encoding == "identity" || x.body.size() == 0) co_return true;
  Status status;
  wire::ByteBuffer decoded;
  const auto work = [&] {
    const auto parsed = wire::ParseEncoding(encoding);
    status =
        parsed.ok() ? wire::Decompress(*parsed, x.body.span(), limit, &decoded) : parsed.status();
  };
  if (x.body.size() <= kDecompressInlineBytes) {
    work();
  } else {
    co_await OnWorker(work);
  }
  if (status.ok()) {
    x.body = std::move(decoded);
    co_return true;
  }
  constexpr kvs::http::CodeOverride kCodes[] = {{StatusCode::kUnimplemented, 415},
                                                {StatusCode::kOutOfRange, 413}};
  x.AnswerPlain(kvs::http::HttpCode(status, kCodes), status.message());
  co_return false;
}

}  // namespace kvs::net::http
