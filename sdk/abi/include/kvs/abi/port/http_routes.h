// SPDX-License-Identifier: Apache-2.0
/// kvs.http_routes/1: where pages and APIs are hung up. Provided by whatever listens; required by whatever answers.
#ifndef KVS_ABI_PORT_HTTP_ROUTES_H_
#define KVS_ABI_PORT_HTTP_ROUTES_H_

#include "kvs/abi/call.h"

#define KVS_HTTP_ROUTES_V1 "kvs.http_routes/1"

/// One request, read completely and decompressed. Record; borrowed until the handler's call ends. The tenant is in the
/// call.
typedef struct kvs_http_request {
  uint32_t          struct_size;
  uint32_t          n_headers;
  kvs_str_t         method;   ///< "GET"
  kvs_str_t         path;     ///< decoded, eg: "/api/v1/label/job/values"
  kvs_str_t         query;    ///< raw, without "?"
  const kvs_pair_t *headers;  ///< names in lower case
  kvs_bytes_t       body;
  const kvs_str_t  *params;   ///< what the {names} of the route's pattern matched, in order, decoded
  uint64_t          n_params;
  kvs_str_t         remote;   ///< "10.0.0.7:51712"
  kvs_str_t         target;   ///< path and query as they were sent, eg: "/api/v1/label/a%2Fb/values?limit=1"
} kvs_http_request_t;

/// A piece of a body. Record; cleared by who asks. The bytes are valid until the next piece is asked for, or the reply is
/// released.
typedef struct kvs_http_piece {
  uint32_t    struct_size;
  uint32_t    reserved;
  kvs_bytes_t bytes;
} kvs_http_piece_t;

/// The answer. Record. What it points at belongs to the handler until `release`, which the server calls once everything
/// is sent.
///
/// A body stands in `segments`, or it is made while it is sent: then `next` gives what comes behind them, a piece whenever the
/// one before has left, so that neither side holds more than that, and a slow client slows down who answers it. Call and
/// request then stay valid until `release`, which the server calls as well when the client has gone or time is up, and while
/// no `next` is under way.
typedef struct kvs_http_reply {
  uint32_t           struct_size;
  int32_t            status;     ///< eg: 200; 0 counts as 500
  const kvs_pair_t  *headers;    ///< Content-Length, chunks and compression are the server's business
  uint64_t           n_headers;
  const kvs_bytes_t *segments;   ///< the body, in pieces that are written one after the other
  uint64_t           n_segments;
  void (*release)(struct kvs_http_reply *self) KVS_NOEXCEPT;  ///< NULL: nothing to free. [any]
  void *producer;
  /// Gives the next piece, or KVS_END. After an error the server closes the connection, by which the client sees that the
  /// answer is not whole. NULL: there is nothing behind the segments. Set only where struct_size of the record reaches this
  /// far: an older server does not ask. `in` is NULL. [reactor & started]
  kvs_status_t (*next)(void *next_self, const kvs_call_t *call, const void *in, kvs_http_piece_t *out,
                       const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  void *next_self;
} kvs_http_reply_t;

/// Flags of a route.
enum {
  KVS_HTTP_NEEDS_TENANT = 1u << 0,  ///< 401 without a tenant, before the handler is called
  KVS_HTTP_FEDERATION   = 1u << 1,  ///< the tenant may be several, "a|b"
  KVS_HTTP_RAW_BODY     = 1u << 2,  ///< the handler decompresses the body itself
  KVS_HTTP_ADMIN        = 1u << 3,  ///< belongs on the admin listener where there is one; needs the right to administer
  KVS_HTTP_READS        = 1u << 4,  ///< changes nothing, whatever its method: the right to read is enough
  KVS_HTTP_PUBLIC       = 1u << 5,  ///< whoever shows no credentials gets the status, without the text: a probe
  KVS_HTTP_LABELS       = 1u << 6   ///< touches series only through ports that its call is handed to, so that an identity
                                    ///< that is bound to matchers may use it
};

/// One route. Record; texts are copied, `handler_self` must live until the server has stopped.
typedef struct kvs_http_route {
  uint32_t  struct_size;
  uint32_t  flags;
  kvs_str_t methods;         ///< "GET", or several: "GET,POST"
  kvs_str_t pattern;         ///< "/api/v1/label/{name}/values"; "/prefix/*" takes everything below
  kvs_str_t name;            ///< the label `route` of request metrics, eg: "api_v1_push"; empty: made from the pattern
  uint64_t  max_body_bytes;  ///< as received; 0: the server's default. Above: 413.
  uint64_t  max_decoded_bytes;  ///< after decompression; 0: the server's default
  void     *handler_self;
  /// Answers one request; also an error becomes an answer, by the table of codes. [reactor & started]: work of more than a
  /// millisecond goes to a worker.
  kvs_status_t (*handle)(void *handler_self, const kvs_call_t *call, const kvs_http_request_t *in, kvs_http_reply_t *out,
                         const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_http_route_t;

typedef struct kvs_http_routes_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Adds a route. One that the same component added with the same methods and pattern is replaced, without a gap; where
  /// another one has it, KVS_ALREADY_EXISTS names it. Fixed paths win over patterns. [main & linked or started]
  kvs_status_t (*add)(void *self, const char *component, const kvs_http_route_t *route, kvs_error_t *error) KVS_NOEXCEPT;
  /// Removes what a component added; ends when none of its handlers runs any more. [main]
  void (*remove_all)(void *self, const char *component) KVS_NOEXCEPT;
} kvs_http_routes_table_t;

#endif  // KVS_ABI_PORT_HTTP_ROUTES_H_
