// SPDX-License-Identifier: Apache-2.0
// Nanoseconds a data point of OTLP: decoding alone, and decoding with translation into a batch.
// Requests hold 2,000 points of counters, 200 metrics of ten points, with seven attributes each;
// or 200 histograms of eleven buckets, where a point gives thirteen samples.
#include <string>

#include <benchmark/benchmark.h>

#include "kvs/base/str_cat.h"
#include "kvs/wire/protobuf.h"

#include "delta_streams.h"
#include "translator.h"

namespace kvs::ingest::otlp {
namespace {

constexpr int kMetrics = 200;
constexpr int kPointsOfMetric = 10;

void AppendAttribute(std::string& out, uint32_t field, std::string_view key,
                     std::string_view value) {
  const size_t attribute = wire::BeginMessage(out, field);
  wire::AppendBytesField(out, 1, key);
  const size_t any = wire::BeginMessage(out, 2);
  wire::AppendBytesField(out, 1, value);
  wire::EndMessage(out, any);
  wire::EndMessage(out, attribute);
}

void AppendFixed(std::string& out, uint32_t field, uint64_t value) {
  wire::AppendTag(out, field, wire::WireType::kFixed64);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void AppendPointAttributes(std::string& out, uint32_t field, int n) {
  AppendAttribute(out, field, "http.request.method", n % 2 == 0 ? "GET" : "POST");
  AppendAttribute(out, field, "http.response.status_code", n % 3 == 0 ? "200" : "404");
  AppendAttribute(out, field, "http.route", StrCat("/api/v1/things/", n % 10));
  AppendAttribute(out, field, "network.protocol.version", "1.1");
  AppendAttribute(out, field, "server.address", "shop.example.com");
  AppendAttribute(out, field, "server.port", "8080");
  AppendAttribute(out, field, "url.scheme", "https");
}

void AppendNumber(std::string& out, int n) {
  AppendPointAttributes(out, 7, n);
  AppendFixed(out, 2, 1'700'000'000'000'000'000);
  AppendFixed(out, 3, 1'700'000'060'000'000'000);
  wire::AppendDoubleField(out, 4, n);
}

void AppendHistogram(std::string& out, int n) {
  AppendPointAttributes(out, 9, n);
  AppendFixed(out, 2, 1'700'000'000'000'000'000);
  AppendFixed(out, 3, 1'700'000'060'000'000'000);
  AppendFixed(out, 4, 11);
  wire::AppendDoubleField(out, 5, 5.5);
  std::string counts;
  std::string bounds;
  for (uint64_t i = 0; i < 11; ++i) {
    const uint64_t count = 1;
    const double bound = 0.005 * static_cast<double>(1u << i);
    counts.append(reinterpret_cast<const char*>(&count), sizeof count);
    if (i < 10) bounds.append(reinterpret_cast<const char*>(&bound), sizeof bound);
  }
  wire::AppendBytesField(out, 6, counts);
  wire::AppendBytesField(out, 7, bounds);
}

std::string Body(bool histograms) {
  std::string body;
  const size_t resource_metrics = wire::BeginMessage(body, 1);
  const size_t resource = wire::BeginMessage(body, 1);
  AppendAttribute(body, 1, "service.name", "checkout");
  AppendAttribute(body, 1, "service.instance.id", "checkout-7d9c5b8f6-x2x");
  AppendAttribute(body, 1, "k8s.namespace.name", "shop");
  wire::EndMessage(body, resource);
  const size_t scope = wire::BeginMessage(body, 2);
  for (int m = 0; m < (histograms ? kMetrics / 10 : kMetrics); ++m) {
    const size_t metric = wire::BeginMessage(body, 2);
    wire::AppendBytesField(body, 1, StrCat("http.server.requests.", m));
    wire::AppendBytesField(body, 3, "s");
    const size_t data = wire::BeginMessage(body, histograms ? 9 : 7);
    for (int p = 0; p < kPointsOfMetric; ++p) {
      const size_t point = wire::BeginMessage(body, 1);
      histograms ? AppendHistogram(body, p) : AppendNumber(body, p);
      wire::EndMessage(body, point);
    }
    wire::AppendVarintField(body, 2, 2);
    if (!histograms) wire::AppendVarintField(body, 3, 1);
    wire::EndMessage(body, data);
    wire::EndMessage(body, metric);
  }
  wire::EndMessage(body, scope);
  wire::EndMessage(body, resource_metrics);
  return body;
}

void PerPoint(benchmark::State& state, uint64_t points, size_t bytes) {
  state.counters["ns/point"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(points) * 1e-9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes/point"] = static_cast<double>(bytes) / static_cast<double>(points);
}

std::span<const uint8_t> Bytes(const std::string& s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

void BM_Decode(benchmark::State& state) {
  const std::string body = Body(state.range(0) != 0);
  wire::otlp::Request request;
  for (auto _ : state) {
    if (!wire::otlp::Decode(Bytes(body), &request).ok()) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(request.numbers.data());
  }
  PerPoint(state, request.n_points(), body.size());
}
BENCHMARK(BM_Decode)->ArgName("histograms")->Arg(0)->Arg(1);

void BM_DecodeAndTranslate(benchmark::State& state) {
  const std::string body = Body(state.range(0) != 0);
  const Settings settings;
  wire::otlp::Request request;
  model::WriteBatchBuilder builder(1);
  model::WriteBatch batch;
  for (auto _ : state) {
    if (!wire::otlp::Decode(Bytes(body), &request).ok()) state.SkipWithError("not decoded");
    builder.Clear(1);
    Report report;
    Translator(settings, nullptr, "t", 0, &builder).Translate(request, &report);
    builder.Take(&batch);
    benchmark::DoNotOptimize(batch.value.data());
  }
  PerPoint(state, request.n_points(), body.size());
}
BENCHMARK(BM_DecodeAndTranslate)->ArgName("histograms")->Arg(0)->Arg(1);

}  // namespace
}  // namespace kvs::ingest::otlp
