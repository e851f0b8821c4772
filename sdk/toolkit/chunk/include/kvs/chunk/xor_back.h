// SPDX-License-Identifier: Apache-2.0
// One sample back from the end of an open XOR chunk, without decoding it: the state of an open
// chunk has its last sample and the interval before it, and the bits of the last sample say how its
// value differs from the one before.
#pragma once

#include <cstdint>
#include <span>

#include "kvs/chunk/xor.h"

namespace kvs::chunk {

/// The value before the last one of the chunk that `state` belongs to; its time is state.t -
/// state.delta. The last sample, the third of its chunk or a later one, begins at bit `at` of
/// `bytes`, at least BitSource::kMinBytes that XorAppend() has written: they are not checked. [any]
double XorValueBefore(const XorState& state, std::span<const uint8_t> bytes, uint32_t at);

}  // namespace kvs::chunk
