// SPDX-License-Identifier: Apache-2.0
#include "query_codec.h"

#include "kvs/records/codec.h"
#include "kvs/sdk/owned.h"

namespace kvs::remote::grpc {

using records::Decoder;
using records::Encoder;
using records::Message;

std::string EncodeQuery(const kvs_query_t& query) {
  Encoder out;
  out.Number(query.flags);
  out.Text(query.text);
  out.Number(query.start_ms);
  out.Number(query.end_ms);
  out.Number(query.step_ms);
  out.Number(query.lookback_ms);
  out.Number(KVS_HAS(&query, kvs_query_t, max_resolution_ms) ? query.max_resolution_ms : 0);
  out.Number(KVS_HAS(&query, kvs_query_t, shard_index) ? query.shard_index : 0);
  out.Number(KVS_HAS(&query, kvs_query_t, shard_count) ? query.shard_count : 0);
  out.Number(KVS_HAS(&query, kvs_query_t, priority) ? query.priority : 0);
  return out.Take();
}

Status DecodeQuery(std::string_view message, kvs_query_t* out) {
  Decoder in(message);
  *out = sdk::Record<kvs_query_t>();
  out->flags = in.Small();
  out->text = sdk::Str(in.Text());
  out->start_ms = in.Signed();
  out->end_ms = in.Signed();
  out->step_ms = in.Signed();
  out->lookback_ms = in.Signed();
  out->max_resolution_ms = in.Signed();
  out->shard_index = in.Small();
  out->shard_count = in.Small();
  out->priority = static_cast<int32_t>(in.Signed());
  return in.status();
}

std::string EncodeKey(const kvs_str_t& key) {
  Encoder out;
  out.Text(key);
  return out.Take();
}

Status DecodeKey(std::string_view message, kvs_str_t* out) {
  Decoder in(message);
  *out = sdk::Str(in.Text());
  return in.status();
}

std::string EncodeGet(const kvs_object_get_t& get) {
  Encoder out;
  out.Text(get.key);
  out.Number(get.offset);
  out.Number(get.size);
  return out.Take();
}

Status DecodeGet(std::string_view message, kvs_object_get_t* out) {
  Decoder in(message);
  *out = sdk::Record<kvs_object_get_t>();
  out->key = sdk::Str(in.Text());
  out->offset = in.Number();
  out->size = in.Number();
  return in.status();
}

std::string EncodePut(const kvs_object_put_t& put) {
  Encoder out;
  out.Number(put.condition);
  out.Text(put.key);
  out.Text(put.etag);
  out.Text(put.bytes);
  return out.Take();
}

Status DecodePut(std::string_view message, kvs_object_put_t* out) {
  Decoder in(message);
  *out = sdk::Record<kvs_object_put_t>();
  out->condition = static_cast<int32_t>(in.Signed());
  out->key = sdk::Str(in.Text());
  out->etag = sdk::Str(in.Text());
  out->bytes = sdk::Bytes(in.Text());
  return in.status();
}

std::string EncodeList(const kvs_object_list_t& list) {
  Encoder out;
  out.Number(list.max_keys);
  out.Text(list.prefix);
  out.Text(list.start_after);
  out.Text(list.delimiter);
  return out.Take();
}

Status DecodeList(std::string_view message, kvs_object_list_t* out) {
  Decoder in(message);
  *out = sdk::Record<kvs_object_list_t>();
  out->max_keys = in.Small();
  out->prefix = sdk::Str(in.Text());
  out->start_after = sdk::Str(in.Text());
  out->delimiter = sdk::Str(in.Text());
  return in.status();
}

std::string EncodeInfo(const kvs_object_info_t& info) {
  Encoder out;
  out.Number(info.size);
  out.Number(info.modified_ms);
  out.Text(info.etag);
  return out.Take();
}

Status DecodeInfo(std::string message, kvs_object_info_t* out) {
  auto kept = std::make_unique<Message>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  out->size = in.Number();
  out->modified_ms = in.Signed();
  out->etag = sdk::Str(in.Text());
  KVS_RETURN_IF_ERROR(in.status());
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

std::string EncodeData(const kvs_object_data_t& data) {
  Encoder out;
  out.Text(data.bytes);
  return out.Take();
}

Status DecodeData(std::string message, kvs_object_data_t* out) {
  auto kept = std::make_unique<Message>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  out->bytes = sdk::Bytes(in.Text());
  KVS_RETURN_IF_ERROR(in.status());
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

std::string EncodePage(const kvs_object_page_t& page) {
  Encoder out;
  out.Number(page.more);
  out.Texts(page.n_entries, [&](uint64_t i) { return sdk::View(page.entries[i].key); });
  for (uint64_t i = 0; i < page.n_entries; ++i) {
    out.Number(page.entries[i].size);
    out.Number(page.entries[i].modified_ms);
    out.Number(page.entries[i].is_prefix);
  }
  return out.Take();
}

Status DecodePage(std::string message, kvs_object_page_t* out) {
  struct Kept : Message {
    std::vector<kvs_object_entry_t> entries;
  };
  auto kept = std::make_unique<Kept>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  out->more = in.Small();
  for (const kvs_str_t& key : in.Texts()) kept->entries.push_back({key, 0, 0, 0, 0});
  for (kvs_object_entry_t& entry : kept->entries) {
    entry.size = in.Number();
    entry.modified_ms = in.Signed();
    entry.is_prefix = in.Small();
  }
  KVS_RETURN_IF_ERROR(in.status());
  out->entries = kept->entries.data();
  out->n_entries = kept->entries.size();
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

}  // namespace kvs::remote::grpc
