// SPDX-License-Identifier: Apache-2.0
// Answers: the head, compression where the client takes it, and all pieces in one gathering write.
#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>

#include "kvs/http/encoding.h"
#include "kvs/http/status_code.h"
#include "kvs/sdk/str.h"

#include "connection_wait.h"

namespace kvs::net::http {
namespace {

namespace asio = boost::asio;

// Less is hardly smaller compressed, and costs a round through the compressor.
constexpr size_t kCompressFrom = 1024;
// Compressing less takes a reactor thread no longer than handing it to a worker.
constexpr size_t kCompressInlineBytes = 32 << 10;
// Small answers go out as one piece: one TLS record, one segment.
constexpr size_t kCopyBytes = 16 << 10;
constexpr int64_t kWriteBytesPerMs = (128 << 10) / 1000;
constexpr int64_t kLingerMs = 500;

constexpr char kLineBreak[] = "\r\n";
constexpr char kLastChunk[] = "0\r\n\r\n";

// The line before a chunk.
std::string ChunkSize(size_t n) {
  char hex[16];
  const auto end = std::to_chars(std::begin(hex), std::end(hex), n, 16).ptr;
  return StrCat(std::string_view(hex, static_cast<size_t>(end - hex)), kLineBreak);
}

void AppendDate(std::string& out) {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto two = [&out](int n) {
    out.push_back(static_cast<char>('0' + n / 10));
    out.push_back(static_cast<char>('0' + n % 10));
  };
  StrAppend(out, "Date: ", kDays[parts.tm_wday], ", ");
  two(parts.tm_mday);
  StrAppend(out, " ", kMonths[parts.tm_mon], " ", parts.tm_year + 1900, " ");
  two(parts.tm_hour);
  out.push_back(':');
  two(parts.tm_min);
  out.push_back(':');
  two(parts.tm_sec);
  out.append(" GMT\r\n");
}

// A line break in a value would let a handler's input write headers of its own.
void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
  out.append(name);
  out.append(": ");
  for (const char c : value) out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  out.append("\r\n");
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

bool IsCompressible(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.starts_with("application/json") ||
         content_type.starts_with("application/openmetrics-text") ||
         content_type.starts_with("application/yaml") ||
         content_type.starts_with("application/x-ndjson");
}

}  // namespace

asio::awaitable<bool> Connection::WriteAnswer(bool keep_alive) {
  Exchange& x = *exchange_;
  const bool own = x.own_status != 0;
  const int status = own ? x.own_status : x.out.status;
  std::string head;
  head.reserve(256);
  StrAppend(head, "HTTP/1.1 ", status, " ", kvs::http::ReasonPhrase(status), "\r\n");
  AppendDate(head);

  std::string_view content_type;
  bool encoded = false;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (EqualsIgnoringCase(name, "content-length") || EqualsIgnoringCase(name, "connection") ||
        EqualsIgnoringCase(name, "transfer-encoding")) {
      return;
    }
    if (EqualsIgnoringCase(name, "content-type")) content_type = value;
    if (EqualsIgnoringCase(name, "content-encoding")) encoded = true;
    AppendHeader(head, name, value);
  };
  std::vector<asio::const_buffer> body;
  size_t size = 0;
  if (own) {
    for (const auto& [name, value] : x.own_headers) add(name, value);
    size = x.own_body.size();
    body.push_back(asio::buffer(x.own_body));
  } else {
    for (uint64_t i = 0; i < x.out.n_headers; ++i)
      add(sdk::View(x.out.headers[i].name), sdk::View(x.out.headers[i].value));
    body.reserve(x.out.n_segments + 1);
    for (uint64_t i = 0; i < x.out.n_segments; ++i) {
      body.push_back(asio::buffer(x.out.segments[i].data, x.out.segments[i].size));
      size += x.out.segments[i].size;
    }
  }

  const bool streams = x.streams();
  const bool chunked = streams && !x.http10;
  std::string compressed;
  if (!streams && size >= kCompressFrom && !encoded && IsCompressible(content_type)) {
    AppendHeader(head, "Vary", "Accept-Encoding");
    const kvs::http::Encoding encoding = kvs::http::NegotiateEncoding(x.Header("accept-encoding"));
    if (encoding != kvs::http::Encoding::kIdentity) {
      const auto work = [&] {
        std::string whole;
        if (body.size() > 1) {
          whole.reserve(size);
          for (const asio::const_buffer& piece : body)
            whole.append(static_cast<const char*>(piece.data()), piece.size());
        }
        const uint8_t* data = body.size() > 1 ? reinterpret_cast<const uint8_t*>(whole.data())
                                              : static_cast<const uint8_t*>(body[0].data());
        auto packed = kvs::http::Compress(encoding, {data, size});
        if (packed.ok()) compressed = *std::move(packed);
      };
      if (size <= kCompressInlineBytes) {
        work();
      } else {
        co_await OnWorker(work);
      }
      // Without memory to compress, the plain answer goes out.
      if (!compressed.empty()) {
        AppendHeader(head, "Content-Encoding", kvs::http::EncodingName(encoding));
        body.assign(1, asio::buffer(compressed));
        size = compressed.size();
      }
    }
  }
  const bool bodiless = status == 204 || status == 304;
  if (chunked) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (!bodiless && !streams) {
    StrAppend(head, "Content-Length: ", size, "\r\n");
  }
  if (!keep_alive) head.append("Connection: close\r\n");
  head.append("\r\n");

  const bool headless = bodiless || x.method == "HEAD";
  std::string chunk_size;
  std::vector<asio::const_buffer> pieces;
  if (headless) {
    pieces.push_back(asio::buffer(head));
  } else if (size <= kCopyBytes && !streams) {
    for (const asio::const_buffer& piece : body)
      head.append(static_cast<const char*>(piece.data()), piece.size());
    pieces.push_back(asio::buffer(head));
  } else {
    pieces.push_back(asio::buffer(head));
    if (chunked && size > 0) {
      chunk_size = ChunkSize(size);
      pieces.push_back(asio::buffer(chunk_size));
      body.push_back(asio::buffer(kLineBreak, 2));
    }
    pieces.insert(pieces.end(), body.begin(), body.end());
  }
  const bool written = co_await WriteAll(std::move(pieces));
  if (!written || !streams || headless) co_return written;
  const bool whole = co_await WriteStream(chunked);
  co_return whole;
}

asio::awaitable<bool> Connection::WriteAll(std::vector<asio::const_buffer> pieces) {
  size_t size = 0;
  for (const asio::const_buffer& piece : pieces) size += piece.size();
  EnterPhase(Phase::kWrite,
             context_.config.write_timeout.ms + static_cast<int64_t>(size) / kWriteBytesPerMs);
  bool ended = false;
  Transport::Error error;
  transport_->Write(std::move(pieces), [&, self = shared_from_this()](Transport::Error e, size_t) {
    error = e;
    ended = true;
    self->Wake();
  });
  co_await WaitUntil([&ended] { return ended; });
  co_return !error;
}

asio::awaitable<bool> Connection::WriteStream(bool chunked) {
  Exchange& x = *exchange_;
  std::string chunk_size;
  while (true) {
    auto piece = sdk::Record<kvs_http_piece_t>();
    const kvs_status_t code = co_await NextPiece(&piece);
    if (code == KVS_END) break;
    if (code != KVS_OK) {
      // Without the last chunk, the client knows that this is not all.
      IgnoreError(sdk::Import(code, &x.error), "the answer has begun, so there is no telling why");
      context_.metrics.answers_cut.Add();
      co_return false;
    }
    if (piece.bytes.size == 0) continue;
    std::vector<asio::const_buffer> pieces;
    chunk_size = ChunkSize(piece.bytes.size);
    if (chunked) pieces.push_back(asio::buffer(chunk_size));
    pieces.push_back(asio::buffer(piece.bytes.data, piece.bytes.size));
    if (chunked) pieces.push_back(asio::buffer(kLineBreak, 2));
    const bool written = co_await WriteAll(std::move(pieces));
    if (!written) co_return false;
  }
  if (!chunked) co_return true;
  std::vector<asio::const_buffer> last{asio::buffer(kLastChunk, sizeof(kLastChunk) - 1)};
  const bool written = co_await WriteAll(std::move(last));
  co_return written;
}

Connection::Awaitable Connection::WriteRaw(std::string_view text) {
  bool ended = false;
  transport_->Write({asio::buffer(text.data(), text.size())},
                    [&, self = shared_from_this()](Transport::Error, size_t) {
                      ended = true;
                      self->Wake();
                    });
  co_await WaitUntil([&ended] { return ended; });
}

// Closing while the client still sends would reset the connection, and the reset may overtake the
// answer. So: say that we are done, and take in what comes for a while.
Connection::Awaitable Connection::SayGoodbye(bool all_read) {
  EnterPhase(Phase::kLinger, kLingerMs);
  bool ended = false;
  transport_->EndWriting([&ended, self = shared_from_this()](Transport::Error, size_t) {
    ended = true;
    self->Wake();
  });
  while (!all_read && !input_ended_ && !timed_out_) {
    Consume(buffered().size());
    StartReading();
    co_await WaitUntil([this] { return !reading_; });
  }
  transport_->Close();
  co_await WaitUntil([&ended] { return ended; });
}

}  // namespace kvs::net::http
