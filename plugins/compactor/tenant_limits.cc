// SPDX-License-Identifier: Apache-2.0
#include "tenant_limits.h"

#include <array>
#include <cmath>

#include "kvs/sdk/call.h"
#include "kvs/sdk/limits.h"

namespace kvs::compactor {
namespace {

// Mimir's least delay: shorter ones would take blocks away from whoever uploads them.
constexpr int64_t kLeastPartialDelayMs = 4 * 3'600'000;

struct Limit {
  std::string_view name;
  double value;  // First the configuration's, then what the limiter says.
};

}  // namespace

StatusOr<TenantLimits> ReadTenantLimits(const Config& config, const sdk::LimiterRef& limiter,
                                        std::string_view tenant) {
  std::array<Limit, 14> limits = {{
      {"compactor_blocks_retention_period", static_cast<double>(config.blocks_retention_period.ms)},
      {"compactor_split_and_merge_shards", static_cast<double>(config.split_and_merge_shards)},
      {"compactor_split_groups", static_cast<double>(config.split_groups)},
      {"compactor_partial_block_deletion_delay",
       static_cast<double>(config.partial_block_deletion_delay.ms)},
      {"compactor_block_upload_enabled", config.block_upload_enabled ? 1.0 : 0.0},
      {"compactor_block_upload_validation_enabled", 1},
      {"compactor_block_upload_verify_chunks", 1},
      {"compactor_block_upload_max_block_size_bytes", 0},
      {"compactor_downsampling_enabled", config.downsampling ? 1.0 : 0.0},
      {"compactor_downsample_5m_after", static_cast<double>(config.downsample_5m_after.ms)},
      {"compactor_downsample_1h_after", static_cast<double>(config.downsample_1h_after.ms)},
      {"compactor_blocks_retention_period_5m",
       static_cast<double>(config.blocks_retention_period_5m.ms)},
      {"compactor_blocks_retention_period_1h",
       static_cast<double>(config.blocks_retention_period_1h.ms)},
      {"compactor_tenant_shard_size", static_cast<double>(config.compactor_tenant_shard_size)},
  }};
  if (limiter) {
    std::array<std::string_view, limits.size()> names;
    std::array<double, limits.size()> values;
    for (size_t i = 0; i < limits.size(); ++i) names[i] = limits[i].name;
    KVS_RETURN_IF_ERROR(sdk::AskLimits(limiter, sdk::OwnedCall(tenant), names, values).status());
    for (size_t i = 0; i < limits.size(); ++i) {
      if (!std::isnan(values[i])) limits[i].value = values[i];
    }
  }
  const auto whole = [&limits](size_t i) {
    return std::max<int64_t>(static_cast<int64_t>(limits[i].value), 0);
  };
  TenantLimits out;
  out.retention_ms = whole(0);
  out.shards = std::min<uint64_t>(static_cast<uint64_t>(whole(1)), 1024);
  out.split_groups = std::max<uint64_t>(static_cast<uint64_t>(whole(2)), 1);
  out.partial_block_delay_ms = whole(3) == 0 ? 0 : std::max(whole(3), kLeastPartialDelayMs);
  out.upload_enabled = limits[4].value != 0;
  out.upload_validation = limits[5].value != 0;
  out.upload_verify_chunks = limits[6].value != 0;
  out.upload_max_bytes = whole(7);
  out.downsampling = limits[8].value != 0;
  out.downsample_5m_after_ms = whole(9);
  out.downsample_1h_after_ms = whole(10);
  out.retention_5m_ms = whole(11);
  out.retention_1h_ms = whole(12);
  out.shard_size = static_cast<uint32_t>(std::min<int64_t>(whole(13), UINT32_MAX));
  return out;
}

int64_t TenantLimits::RetentionOf(int64_t resolution_ms) const {
  constexpr int64_t kHourMs = 3'600'000;
  const int64_t own = resolution_ms == 0         ? 0
                      : resolution_ms >= kHourMs ? retention_1h_ms
                                                 : retention_5m_ms;
  return own != 0 ? own : retention_ms;
}

}  // namespace kvs::compactor
