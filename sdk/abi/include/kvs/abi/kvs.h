// SPDX-License-Identifier: Apache-2.0
/// Everything stable, nothing else. Drafts are included one by one.
#ifndef KVS_ABI_KVS_H_
#define KVS_ABI_KVS_H_

#include "kvs/abi/abi.h"
#include "kvs/abi/call.h"
#include "kvs/abi/config.h"
#include "kvs/abi/host.h"
#include "kvs/abi/module.h"
#include "kvs/abi/port/authenticator.h"
#include "kvs/abi/port/cache.h"
#include "kvs/abi/port/http_routes.h"
#include "kvs/abi/port/indexer.h"
#include "kvs/abi/port/kv.h"
#include "kvs/abi/port/limiter.h"
#include "kvs/abi/port/notifier.h"
#include "kvs/abi/port/object_store.h"
#include "kvs/abi/port/query_engine.h"
#include "kvs/abi/port/ring.h"
#include "kvs/abi/port/series_sink.h"
#include "kvs/abi/port/series_source.h"
#include "kvs/abi/series_batch.h"
#include "kvs/abi/service/executor.h"
#include "kvs/abi/service/health.h"
#include "kvs/abi/service/log.h"
#include "kvs/abi/service/metrics.h"
#include "kvs/abi/service/timer.h"
#include "kvs/abi/write_batch.h"
#include "kvs/abi/write_origin.h"

#endif  // KVS_ABI_KVS_H_
