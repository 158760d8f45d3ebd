// A process that runs points in processes of its own for the one that made it, which may meanwhile do what
// does not go together with fork(), such as MPI: the server is made before.
#pragma once

#include <memory>
#include <vector>

#include "model/cli/child.h"
#include "model/sweep/point_runner.h"
#include "model/sweep/wire.h"

namespace p9mmu::model {

class PointServer {
 public:
  /// Forks. The server dies with this process, and its points with it.
  PointServer(const SweepPlan& plan, const Environment::Simulate& simulate, const PointLimits& limits);

  /// To poll for reading.
  [[nodiscard]] int descriptor() const { return socket_->descriptor(); }
  void start(std::size_t point);
  /// Points that have ended, each encoded. Does not wait.
  [[nodiscard]] std::vector<std::string> ended();
  /// True once the server is no longer there.
  [[nodiscard]] bool gone() const { return gone_; }

 private:
  std::unique_ptr<TextSocket> socket_;
  std::unique_ptr<Child> child_;
  bool gone_ = false;
};

}  // namespace p9mmu::model
