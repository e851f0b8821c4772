// SPDX-License-Identifier: Apache-2.0
#include "kvs/wire/otlp.h"

namespace kvs::wire::otlp {
namespace {

template <typename T>
size_t BytesOf(const std::vector<T>& array) {
  return array.capacity() * sizeof(T);
}

}  // namespace

void Request::Clear() {
  resources.clear();
  scopes.clear();
  metrics.clear();
  numbers.clear();
  histograms.clear();
  exponentials.clear();
  summaries.clear();
  quantiles.clear();
  exemplars.clear();
  counts.clear();
  bounds.clear();
  attributes.clear();
  exemplar_attributes.clear();
  scope_attributes.clear();
  resource_attributes.clear();
  arena_.Clear();
}

size_t Request::CapacityBytes() const {
  return BytesOf(resources) + BytesOf(scopes) + BytesOf(metrics) + BytesOf(numbers) +
         BytesOf(histograms) + BytesOf(exponentials) + BytesOf(summaries) + BytesOf(quantiles) +
         BytesOf(exemplars) + BytesOf(counts) + BytesOf(bounds) + BytesOf(attributes) +
         BytesOf(exemplar_attributes) + BytesOf(scope_attributes) + BytesOf(resource_attributes) +
         arena_.capacity_bytes();
}

}  // namespace kvs::wire::otlp
