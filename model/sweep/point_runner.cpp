#include "model/sweep/point_runner.h"

#include <algorithm>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

/// In the point's own process: its machine, too, is made there.
std::string run_point(const SweepPlan& plan, std::size_t point, const Environment::Simulate& simulate) {
  try {
    return compute_point(plan.request(point), simulate);
  } catch (const mmu::UserError& error) {
    return mistake_text(error.what());
  }
}

timespec to_timespec(std::chrono::nanoseconds span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((span - seconds).count())};
}

}  // namespace

PointRunner::PointRunner(const SweepPlan& plan, Environment::Simulate simulate, const PointLimits& limits)
    : plan_(plan), simulate_(std::move(simulate)), limits_(limits) {}

void PointRunner::start(std::size_t point) {
  const ChildLimits limits = {limits_.memory_bytes, true};
  const auto span =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limits_.seconds));
  processes_.push_back({point,
                        std::make_unique<Child>([&] { return run_point(plan_, point, simulate_); }, limits),
                        Clock::now() + span});
}

std::vector<PointEnd> PointRunner::wait(const InterruptWatch& watch, pollfd* other,
                                        std::chrono::milliseconds longest) {
  std::vector<pollfd> descriptors;
  for (const Process& process : processes_) {
    descriptors.push_back({process.child->descriptor(), POLLIN, 0});
  }
  if (other != nullptr) {
    descriptors.push_back(*other);
  }
  const timespec most = to_timespec(std::min<Clock::duration>(longest, until_next_deadline()));
  watch.poll(descriptors, &most);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (descriptors[i].revents != 0) {
      processes_[i].child->read_some();
    }
  }
  if (other != nullptr) {
    other->revents = descriptors.back().revents;
  }
  return collect();
}

PointRunner::Clock::duration PointRunner::until_next_deadline() const {
  Clock::duration least = Clock::duration::max();
  const Clock::time_point now = Clock::now();
  for (const Process& process : processes_) {
    if (!process.timed_out) {
      least = std::min(least, std::max(process.deadline - now, Clock::duration::zero()));
    }
  }
  return least;
}

std::vector<PointEnd> PointRunner::collect() {
  std::vector<PointEnd> ended;
  const Clock::time_point now = Clock::now();
  for (Process& process : processes_) {
    if (process.child->ended()) {
      ended.push_back({process.point, process.child->end(), process.timed_out});
    } else if (!process.timed_out && now >= process.deadline) {
      process.timed_out = true;
      process.child->kill();
    }
  }
  std::erase_if(processes_, [](const Process& process) { return process.child->ended(); });
  return ended;
}

}  // namespace p9mmu::model
