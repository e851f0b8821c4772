// SPDX-License-Identifier: Apache-2.0
// Twofold: a number as the sum of two doubles, with about twice their precision. What is computed
// of it and then rounded to a double does not show the order in which it was computed.
//
// Sum() is Knuth's (The Art of Computer Programming, volume 2, 4.2.2, theorem B), Product() needs a
// fused multiply-add; the rest is Dekker's (Numerische Mathematik 18, 1971).
#pragma once

#include <cmath>

namespace kvs::engine::promql {

/// `hi` is the number rounded, `lo` what is left of it; 0 where `hi` is not finite.
struct Twofold {
  double hi = 0;
  double lo = 0;

  /// Exact.
  static Twofold Sum(double a, double b) {
    const double sum = a + b;
    if (!std::isfinite(sum)) return {sum, 0};
    const double of_b = sum - a;
    return {sum, (a - (sum - of_b)) + (b - of_b)};
  }
  /// Exact unless it underflows.
  static Twofold Product(double a, double b) {
    const double product = a * b;
    if (!std::isfinite(product)) return {product, 0};
    return {product, std::fma(a, b, -product)};
  }

  Twofold operator-() const { return {-hi, -lo}; }
  friend Twofold operator+(Twofold a, Twofold b) {
    const Twofold sum = Sum(a.hi, b.hi);
    return Sum(sum.hi, sum.lo + (a.lo + b.lo));
  }
  friend Twofold operator-(Twofold a, Twofold b) { return a + -b; }
  friend Twofold operator*(Twofold a, Twofold b) {
    const Twofold product = Product(a.hi, b.hi);
    return Sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
  }
  friend Twofold operator/(Twofold a, double b) {
    const double quotient = a.hi / b;
    return Sum(quotient, (std::fma(-quotient, b, a.hi) + a.lo) / b);
  }
};

}  // namespace kvs::engine::promql
