// A sweep over ranks: rank 0 hands out points, to itself as well, and takes back how they ended; it alone
// touches the database. All ranks read the same plan, so that the number of a point says everything; that it
// is the same plan is checked. A rank that falls silent costs its points, which the next sweep does again.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "model/cli/interrupt_watch.h"
#include "model/sweep/point_server.h"
#include "model/sweep/ranks.h"
#include "model/sweep/sweep.h"

namespace p9mmu::model {

/// Who has not been heard of for so long is taken to be gone.
inline constexpr std::chrono::seconds kRankPatience{60};

class RankWorkers final : public Workers {
 public:
  /// For rank 0. `own` runs this rank's points, `jobs` at a time.
  RankWorkers(Ranks& ranks, PointServer& own, const InterruptWatch& watch, const SweepPlan& plan,
              std::size_t jobs, std::chrono::milliseconds patience = kRankPatience);

  [[nodiscard]] std::size_t free() const override;
  void start(std::size_t point) override;
  /// Throws mmu::UserError if a rank has another plan, or none.
  [[nodiscard]] std::vector<PointEnd> wait(std::chrono::milliseconds longest) override;
  [[nodiscard]] bool gone() const override;

  /// Sends every rank home: to Ranks::finish() if none is gone and `all_is_done`, which is returned, and else
  /// at once.
  bool dismiss(bool all_is_done);

 private:
  using Clock = std::chrono::steady_clock;
  struct Rank {
    std::size_t slots = 0;  ///< 0 until it has reported
    std::string host;
    std::set<std::size_t> points;  ///< that it runs
    Clock::time_point heard_of;
    bool gone = false;
  };

  void pause(std::chrono::milliseconds longest);
  void take_own(std::vector<PointEnd>& ended);
  void take_message(const RankMessage& message, std::vector<PointEnd>& ended);
  void greet(int rank, const std::string& text);
  void take_end(int rank, const std::string& text, std::vector<PointEnd>& ended);
  void look_for_silent(std::vector<PointEnd>& ended);
  void lose(int rank, std::vector<PointEnd>& ended);

  Ranks& ranks_;
  PointServer& own_;
  const InterruptWatch& watch_;
  const SweepPlan& plan_;
  std::chrono::milliseconds patience_;
  std::vector<Rank> all_;
};

/// What every other rank does: runs the points that rank 0 gives it, `jobs` at a time, until it is dismissed
/// or rank 0 falls silent (false).
bool serve_rank(Ranks& ranks, PointServer& own, const SweepPlan& plan, std::size_t jobs,
                std::chrono::milliseconds patience = kRankPatience);

/// What a rank does that has no plan to serve: tells rank 0 why.
void report_mistake(Ranks& ranks, const std::string& mistake);

}  // namespace p9mmu::model
