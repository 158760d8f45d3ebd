// Workers that are children of this process.
#pragma once

#include <algorithm>

#include "model/sweep/point_runner.h"
#include "model/sweep/sweep.h"

namespace p9mmu::model {

class LocalWorkers final : public Workers {
 public:
  LocalWorkers(PointRunner& runner, const InterruptWatch& watch, std::size_t at_once)
      : runner_(runner), watch_(watch), at_once_(at_once) {}

  [[nodiscard]] std::size_t free() const override { return at_once_ - std::min(at_once_, runner_.running()); }
  void start(std::size_t point) override { runner_.start(point); }
  [[nodiscard]] std::vector<PointEnd> wait(std::chrono::milliseconds longest) override {
    return runner_.wait(watch_, nullptr, longest);
  }

 private:
  PointRunner& runner_;
  const InterruptWatch& watch_;
  std::size_t at_once_;
};

}  // namespace p9mmu::model
