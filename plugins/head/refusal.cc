// SPDX-License-Identifier: Apache-2.0
#include "refusal.h"

#include <ctime>

#include "kvs/base/units.h"

namespace kvs::head {
namespace {

struct Words {
  std::string_view id;      // Behind "err-mimir-".
  std::string_view metric;  // Value of `reason`.
  std::string_view text;
};

Words WordsOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOutOfOrder:
      return {"sample-out-of-order", "sample-out-of-order",
              "the sample has been rejected because another sample with a more recent timestamp "
              "has already been ingested "
              "and out-of-order samples are not allowed"};
    case Verdict::kBeyondWindow:
      return {"sample-timestamp-too-old", "sample-too-old",
              "the sample has been rejected because another sample with a more recent timestamp "
              "has already been ingested "
              "and this sample is beyond the out-of-order time window of "};
    case Verdict::kOtherValue:
      return {"sample-duplicate-timestamp", "new-value-for-timestamp",
              "the sample has been rejected because another sample with the same timestamp, but a "
              "different value, has "
              "already been ingested"};
    default:
      return {"sample-timestamp-too-old", "sample-timestamp-too-old",
              "the sample has been rejected because its timestamp is too old"};
  }
}

Status Refused(std::string_view what, std::string_view id, int64_t t, std::string_view series) {
  std::string reason = StrCat("err-mimir-", id);
  return InvalidArgument(what, " (", reason, "). The affected sample has timestamp ",
                         FormatTimestamp(t), " and is from series ", series)
      .WithReason(std::move(reason));
}

}  // namespace

std::string_view DiscardReason(Verdict verdict) {
  return WordsOf(verdict).metric;
}

Status RefusalOf(Verdict verdict, int64_t t, std::string_view series, int64_t window_ms) {
  const Words words = WordsOf(verdict);
  std::string text(words.text);
  if (verdict == Verdict::kBeyondWindow) text += FormatDurationMs(window_ms);
  return Refused(text, words.id, t, series);
}

Status InvalidHistogram(const Status& why, int64_t t, std::string_view series) {
  return Refused(StrCat("the native histogram has been rejected: ", why.message()), why.reason(), t,
                 series);
}

Status TooManySeries(int64_t limit) {
  constexpr std::string_view kReason = "err-mimir-max-series-per-user";
  return FailedPrecondition(
             "per-user series limit of ", limit, " exceeded (", kReason,
             "). To adjust the related per-tenant limit, configure "
             "-ingester.max-global-series-per-user, or contact your service administrator.")
      .WithReason(std::string(kReason));
}

Status TooManySeriesOfMetric(int64_t limit, std::string_view series) {
  constexpr std::string_view kReason = "err-mimir-max-series-per-metric";
  return FailedPrecondition(
             "per-metric series limit of ", limit, " exceeded (", kReason,
             "). To adjust the related per-tenant limit, configure "
             "-ingester.max-global-series-per-metric, or contact your service administrator. "
             "This is for series ",
             series)
      .WithReason(std::string(kReason));
}

std::string FormatTimestamp(int64_t ms) {
  int64_t seconds = ms / 1000;
  int64_t rest = ms % 1000;
  if (rest < 0) {
    rest += 1000;
    --seconds;
  }
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char buffer[64];
  // Years beyond the calendar's range are printed as the number itself.
  if (gmtime_r(&time, &parts) == nullptr) return StrCat(ms, "ms");
  std::string out(buffer, std::strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%S", &parts));
  if (rest != 0) {
    std::string digits = StrCat(rest + 1000).substr(1);
    while (digits.back() == '0') digits.pop_back();
    StrAppend(out, ".", digits);
  }
  return out + "Z";
}

}  // namespace kvs::head
