// SPDX-License-Identifier: Apache-2.0
// Compensated summation (Kahan, in Neumaier's form), in the order of operations that Prometheus
// uses, so that results agree to the last bit.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>

namespace kvs::engine::promql {

struct KahanSum {
  double sum = 0;
  double c = 0;  ///< What `sum` lost by rounding.

  void Add(double x) {
    const double t = sum + x;
    if (std::isinf(t)) {
      c = 0;
    } else if (std::fabs(sum) >= std::fabs(x)) {
      c += (sum - t) + x;
    } else {
      c += (x - t) + sum;
    }
    sum = t;
  }
  double value() const { return sum + c; }
};

/// The mean of numbers that come one by one: their sum over their count as long as the sum is
/// finite, and from the first overflow on the incremental mean.
struct RunningMean {
  KahanSum sum;  ///< Until `incremental`; then its `c` is the compensation of `mean`.
  double mean = 0;
  double count = 0;
  bool incremental = false;

  void Add(double x) {
    count += 1;
    if (count ==
        1) {  // It may well be infinite: it starts the sum without being added to anything.
      sum.sum = x;
      return;
    }
    if (!incremental) {
      KahanSum next = sum;
      next.Add(x);
      if (!std::isinf(next.sum)) {
        sum = next;
        return;
      }
      incremental = true;
      mean = sum.sum / (count - 1);
      sum.c /= count - 1;
    }
    const double q = (count - 1) / count;
    KahanSum next{q * mean, q * sum.c};
    next.Add(x / count);
    mean = next.sum;
    sum.c = next.c;
  }
  double value() const { return incremental ? mean + sum.c : sum.sum / count + sum.c / count; }
};

/// Sum of squared distances from the mean by Welford's method, both compensated.
struct WelfordKahan {
  double count = 0;
  KahanSum mean;
  KahanSum squares;

  void Add(double x) {
    count += 1;
    const double delta = x - mean.value();
    mean.Add(delta / count);
    squares.Add(delta * (x - mean.value()));
  }
  double variance() const { return squares.value() / count; }
};

/// The quantile `q` of values[0, n), which it reorders. NaN is less than all others.
double Quantile(double q, double* values, size_t n);

}  // namespace kvs::engine::promql
