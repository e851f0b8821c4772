// SPDX-License-Identifier: Apache-2.0
// Prefault: pages of memory that is about to be used in full, asked of the kernel together. One by
// one, each at the first touch, they cost an exception each, which on a virtual machine is most of
// what filling a page costs.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace kvs::head {
namespace internal {

// Only advice: kernels before 5.14 do not know it, and then pages come one by one as ever.
inline void AdvisePages(const void* at, size_t size, int advice) {
  constexpr uintptr_t kPage = 4096;
  const auto begin = (reinterpret_cast<uintptr_t>(at) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<uintptr_t>(at) + size) / kPage * kPage;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, advice);
}

}  // namespace internal

/// Of memory from the allocator, whose contents stay as they are. [any]
inline void PrefaultForWriting(void* at, size_t size) {
  internal::AdvisePages(at, size, MADV_POPULATE_WRITE);
}

/// Of a mapped file; waits for the disk where its bytes are not in memory. [worker]
inline void PrefaultForReading(const void* at, size_t size) {
  internal::AdvisePages(at, size, MADV_POPULATE_READ);
}

}  // namespace kvs::head
