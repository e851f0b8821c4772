// SPDX-License-Identifier: Apache-2.0
// Label sets. LabelView is one borrowed label; Labels owns a sorted set in one buffer;
// LabelsBuilder makes and edits sets.
//
//   const Labels up{{"job", "node"}, {"__name__", "up"}};     // Sorted; empty values dropped.
//   for (const LabelView& label : up) ...
//   up.Get("job");                                            // "node"
//   up.ToString();                                            // {__name__="up", job="node"}
//   FormatSeries(up);                                         // up{job="node"}
//
// A label with an empty value is the same as no label, as everywhere in Prometheus. [any]
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvs::model {

inline constexpr std::string_view kMetricNameLabel = "__name__";

/// One label, borrowed.
struct LabelView {
  std::string_view name;
  std::string_view value;

  friend bool operator==(const LabelView&, const LabelView&) = default;
  friend auto operator<=>(const LabelView&, const LabelView&) = default;
};

/// An immutable label set, sorted by name, names unique, values not empty. One buffer, moved
/// cheaply.
class Labels {
 public:
  class Iterator;
  using const_iterator = Iterator;

  Labels() = default;
  /// In any order; of two labels with one name the later wins, empty values are dropped.
  Labels(std::initializer_list<LabelView> labels);
  explicit Labels(std::span<const LabelView> labels);

  /// As the constructor, but trusts that `labels` are sorted by name, unique, and without empty
  /// values.
  static Labels FromSorted(std::span<const LabelView> labels);

  Iterator begin() const;
  Iterator end() const;
  bool empty() const { return data_.empty(); }
  /// Number of labels. O(n).
  size_t size() const;

  /// The value of `name`, borrowed from this set; empty when there is no such label. O(n).
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const { return !Get(name).empty(); }
  std::string_view metric_name() const { return Get(kMetricNameLabel); }

  /// The canonical series hash, docs/formats/series_hash.md.
  uint64_t Hash() const;

  /// {__name__="up", job="node"}, quoted as Prometheus quotes.
  std::string ToString() const;

  /// The buffer itself: equal sets have equal bytes, so it serves as a key of hash maps. Not
  /// ordered as sets are.
  const std::string& encoded() const { return data_; }

  friend bool operator==(const Labels&, const Labels&) = default;
  /// Prometheus' order: label by label, name before value; a set sorts after its prefixes.
  friend std::strong_ordering operator<=>(const Labels& a, const Labels& b);

 private:
  friend class LabelsBuilder;

  // A run of: length and bytes of the name, length and bytes of the value. A length is one byte, or
  // 0xff and four bytes in the machine's order.
  std::string data_;
};

class Labels::Iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = LabelView;
  using difference_type = std::ptrdiff_t;
  using pointer = const LabelView*;
  using reference = const LabelView&;

  Iterator() = default;

  const LabelView& operator*() const { return label_; }
  const LabelView* operator->() const { return &label_; }
  Iterator& operator++() {
    at_ = next_;
    Load();
    return *this;
  }
  Iterator operator++(int) {
    Iterator old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  friend class Labels;
  Iterator(const char* at, const char* end) : at_(at), next_(at), end_(end) { Load(); }

  void Load() {
    if (at_ == end_) return;
    next_ = at_;
    label_.name = Piece();
    label_.value = Piece();
  }
  std::string_view Piece() {
    uint32_t n = static_cast<unsigned char>(*next_++);
    if (n == 0xff) [[unlikely]] {
      std::memcpy(&n, next_, sizeof n);
      next_ += sizeof n;
    }
    const std::string_view piece(next_, n);
    next_ += n;
    return piece;
  }

  const char* at_ = nullptr;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  LabelView label_;
};

inline Labels::Iterator Labels::begin() const {
  return {data_.data(), data_.data() + data_.size()};
}
inline Labels::Iterator Labels::end() const {
  return {data_.data() + data_.size(), data_.data() + data_.size()};
}

/// Makes label sets, from nothing or from a base set. Reusable: Reset() keeps the memory. What is
/// set is copied.
class LabelsBuilder {
 public:
  LabelsBuilder() = default;
  explicit LabelsBuilder(const Labels& base) { Reset(base); }

  void Reset() { labels_.clear(); }
  void Reset(const Labels& base);

  /// Sets or replaces; an empty value deletes.
  LabelsBuilder& Set(std::string_view name, std::string_view value);
  LabelsBuilder& Del(std::string_view name);
  /// Deletes every label whose name is not among `names`.
  LabelsBuilder& Keep(std::span<const std::string_view> names);

  /// Borrowed until the next change; empty when there is none.
  std::string_view Get(std::string_view name) const;
  /// Sorted. The builder stays as it is.
  Labels Build() const;

 private:
  struct Entry {
    std::string name;
    std::string value;
  };
  std::vector<Entry> labels_;  // Sorted by name.
};

/// The canonical series hash, fed label by label, in ascending order of names and without empty
/// values: XXH64, seed 0, of name 0xff value 0xff name 0xff ... See docs/formats/series_hash.md.
class SeriesHasher {
 public:
  void Add(std::string_view name, std::string_view value) {
    const size_t n = name.size() + value.size() + 2;
    if (size_ + n > sizeof(buffer_) || !spill_.empty()) [[unlikely]] {
      AddLong(name, value);
      return;
    }
    char* out = buffer_ + size_;
    std::memcpy(out, name.data(), name.size());
    out[name.size()] = static_cast<char>(0xff);
    out += name.size() + 1;
    std::memcpy(out, value.data(), value.size());
    out[value.size()] = static_cast<char>(0xff);
    size_ += n;
  }
  uint64_t Finish() const;

 private:
  void AddLong(std::string_view name, std::string_view value);

  size_t size_ = 0;
  std::string spill_;  // Everything, once it is too long for the buffer.
  char buffer_[1024];
};

/// The canonical hash of what a cursor (anything with bool Next(LabelView*)) reads; sorted, without
/// empty values.
template <typename Cursor>
requires requires(Cursor& cursor, LabelView* label) {
  { cursor.Next(label) } -> std::same_as<bool>;
}
uint64_t LabelsHash(Cursor cursor) {
  SeriesHasher hasher;
  for (LabelView label; cursor.Next(&label);) hasher.Add(label.name, label.value);
  return hasher.Finish();
}

/// The canonical hash of labels in any array or range; sorted, without empty values.
template <typename Range>
requires requires(const Range& range) {
  { *std::begin(range) } -> std::convertible_to<LabelView>;
}
uint64_t LabelsHash(const Range& labels) {
  SeriesHasher hasher;
  for (const LabelView& label : labels) hasher.Add(label.name, label.value);
  return hasher.Finish();
}

/// The series for people: up{job="node"}, or {job="node"} without a metric name. `labels` in any
/// order; printed as given.
std::string FormatSeries(std::span<const LabelView> labels);
std::string FormatSeries(const Labels& labels);

}  // namespace kvs::model
