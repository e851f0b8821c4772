// SPDX-License-Identifier: Apache-2.0
// Keys: tenant, a zero byte, the 16 bytes of the ULID, and then 'h' for the record of sizes, or 'f'
// or 't' and the number of a piece, big-endian, of front or tail.
#include "header_store.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace kvs::source::blocks {
namespace {

// Large enough that pieces are few, small enough that LMDB finds room for one where another was
// removed: a value of many pages needs pages that stand together.
constexpr size_t kPieceBytes = 64 << 10;

struct Sizes {
  uint64_t index, front, tail;
};

std::string BlockKey(std::string_view tenant, const tsdb::Ulid& block) {
  std::string out(tenant);
  out.push_back('\0');
  out.append(reinterpret_cast<const char*>(block.bytes.data()), block.bytes.size());
  return out;
}

std::string PieceKey(const std::string& block_key, char part, uint32_t number) {
  std::string out = block_key;
  out.push_back(part);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
  return out;
}

Status PutPieces(lmdb::Txn& txn, lmdb::Db db, const std::string& block_key, char part,
                 std::span<const uint8_t> bytes) {
  for (uint32_t i = 0; !bytes.empty(); ++i) {
    const auto piece = bytes.first(std::min(bytes.size(), kPieceBytes));
    const std::string_view text(reinterpret_cast<const char*>(piece.data()), piece.size());
    KVS_RETURN_IF_ERROR(txn.Put(db, PieceKey(block_key, part, i), text));
    bytes = bytes.subspan(piece.size());
  }
  return OkStatus();
}

// Every read is a transaction of its own: one that stayed open would keep LMDB from using the pages
// of what was removed.
class PartsSource final : public tsdb::ByteSource {
 public:
  PartsSource(const lmdb::Env& env, lmdb::Db db, std::string block_key, const Sizes& sizes)
      : env_(env), db_(db), block_key_(std::move(block_key)), sizes_(sizes) {}

  uint64_t size() const override { return sizes_.index; }
  StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                          tsdb::Bytes* scratch) const override {
    const uint64_t tail_begin = sizes_.index - sizes_.tail;
    char part = 'f';
    if (offset >= tail_begin) {
      part = 't';
      offset -= tail_begin;
    } else if (offset + size > sizes_.front) {
      return DataLoss("bytes ", offset, " to ", offset + size,
                      " of the index are asked of its header, which does not have them");
    }
    KVS_ASSIGN_OR_RETURN(const lmdb::Txn txn, env_.Read());
    scratch->resize(size);
    for (size_t done = 0; done < size;) {
      const uint64_t at = offset + done;
      const auto number = static_cast<uint32_t>(at / kPieceBytes);
      KVS_ASSIGN_OR_RETURN(const auto piece, txn.Get(db_, PieceKey(block_key_, part, number)));
      const size_t skip = at % kPieceBytes;
      if (!piece.has_value() || piece->size() <= skip) {
        return DataLoss("piece ", number, " of the header is not there");
      }
      const size_t n = std::min(size - done, piece->size() - skip);
      std::memcpy(scratch->data() + done, piece->data() + skip, n);
      done += n;
    }
    return std::span<const uint8_t>(*scratch);
  }

 private:
  const lmdb::Env& env_;
  const lmdb::Db db_;
  const std::string block_key_;
  const Sizes sizes_;
};

}  // namespace

StatusOr<std::unique_ptr<HeaderStore>> HeaderStore::Open(const std::string& folder,
                                                         uint64_t max_bytes) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Unavailable(folder, ": ", error.message());
  // Of what a crash takes away, the last transaction, a copy is in the bucket.
  StatusOr<lmdb::Env> env =
      lmdb::Env::Open(folder, {.map_bytes = max_bytes, .flags = MDB_NOMETASYNC});
  if (!env.ok()) return Annotate(env.status(), folder);
  KVS_ASSIGN_OR_RETURN(lmdb::Txn txn, env->Write());
  KVS_ASSIGN_OR_RETURN(const lmdb::Db db, txn.Open("headers", MDB_CREATE));
  KVS_RETURN_IF_ERROR(txn.Commit());
  return std::unique_ptr<HeaderStore>(new HeaderStore(*std::move(env), db));
}

Status HeaderStore::Put(std::string_view tenant, const tsdb::Ulid& block,
                        const HeaderParts& parts) {
  const std::string key = BlockKey(tenant, block);
  KVS_ASSIGN_OR_RETURN(lmdb::Txn txn, env_.Write());
  KVS_RETURN_IF_ERROR(PutPieces(txn, db_, key, 'f', parts.front));
  KVS_RETURN_IF_ERROR(PutPieces(txn, db_, key, 't', parts.tail));
  const Sizes sizes{parts.index_bytes, parts.front.size(), parts.tail.size()};
  const std::string_view record(reinterpret_cast<const char*>(&sizes), sizeof(sizes));
  KVS_RETURN_IF_ERROR(txn.Put(db_, key + 'h', record));
  return txn.Commit();
}

StatusOr<std::unique_ptr<tsdb::ByteSource>> HeaderStore::Find(std::string_view tenant,
                                                              const tsdb::Ulid& block) const {
  const std::string key = BlockKey(tenant, block);
  KVS_ASSIGN_OR_RETURN(const lmdb::Txn txn, env_.Read());
  KVS_ASSIGN_OR_RETURN(const auto record, txn.Get(db_, key + 'h'));
  Sizes sizes;
  if (!record.has_value() || record->size() != sizeof(sizes)) {
    return std::unique_ptr<tsdb::ByteSource>();
  }
  std::memcpy(&sizes, record->data(), sizeof(sizes));
  if (sizes.front > sizes.index || sizes.tail > sizes.index) {
    return std::unique_ptr<tsdb::ByteSource>();
  }
  return std::unique_ptr<tsdb::ByteSource>(new PartsSource(env_, db_, key, sizes));
}

Status HeaderStore::Remove(std::string_view tenant, const tsdb::Ulid& block) {
  const std::string key = BlockKey(tenant, block);
  KVS_ASSIGN_OR_RETURN(lmdb::Txn txn, env_.Write());
  std::vector<std::string> keys;
  {
    KVS_ASSIGN_OR_RETURN(lmdb::Cursor cursor, lmdb::Cursor::Open(txn, db_));
    KVS_ASSIGN_OR_RETURN(bool there, cursor.Move(MDB_SET_RANGE, key));
    while (there && cursor.key().starts_with(key)) {
      keys.emplace_back(cursor.key());
      KVS_ASSIGN_OR_RETURN(there, cursor.Move(MDB_NEXT));
    }
  }
  for (const std::string& found : keys) {
    KVS_RETURN_IF_ERROR(txn.Delete(db_, found).status());
  }
  return txn.Commit();
}

StatusOr<std::vector<tsdb::Ulid>> HeaderStore::List(std::string_view tenant) const {
  std::string prefix(tenant);
  prefix.push_back('\0');
  std::vector<tsdb::Ulid> out;
  KVS_ASSIGN_OR_RETURN(const lmdb::Txn txn, env_.Read());
  KVS_ASSIGN_OR_RETURN(lmdb::Cursor cursor, lmdb::Cursor::Open(txn, db_));
  KVS_ASSIGN_OR_RETURN(bool there, cursor.Move(MDB_SET_RANGE, prefix));
  while (there && cursor.key().starts_with(prefix)) {
    tsdb::Ulid block;
    if (cursor.key().size() < prefix.size() + block.bytes.size()) break;
    std::memcpy(block.bytes.data(), cursor.key().data() + prefix.size(), block.bytes.size());
    out.push_back(block);
    // The first key behind all of this block.
    KVS_ASSIGN_OR_RETURN(there, cursor.Move(MDB_SET_RANGE, BlockKey(tenant, block) + '\xff'));
  }
  return out;
}

}  // namespace kvs::source::blocks
