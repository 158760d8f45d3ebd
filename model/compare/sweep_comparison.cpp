#include "model/compare/sweep_comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "model/compare/run_source.h"

namespace p9mmu::model {
namespace {

using report::AccountRow;
using report::Counter;
using report::Json;
using report::PhaseResult;

/// The plan and the place on its axes: what corresponding points have in common.
using Key = std::pair<std::string, std::vector<std::pair<std::string, std::string>>>;

Key key_of(const ComparedPoint& point, bool any_kernel) {
  std::vector<std::pair<std::string, std::string>> place;
  for (const Input& input : point.place) {
    if (!any_kernel || input.name != "kernel") {
      place.emplace_back(input.name, input.value);
    }
  }
  return {point.plan, std::move(place)};
}

struct Pair {
  const ComparedPoint* a = nullptr;
  const ComparedPoint* b = nullptr;
};

/// Of several points with one key, the first corresponds to the first.
std::vector<Pair> pairs_of(const ComparedSweep& a, const ComparedSweep& b) {
  const bool any_kernel = a.any_kernel && b.any_kernel;
  std::map<Key, std::vector<const ComparedPoint*>> waiting;
  for (const ComparedPoint& point : b.points) {
    waiting[key_of(point, any_kernel)].push_back(&point);
  }
  std::map<const ComparedPoint*, bool> taken;
  std::vector<Pair> pairs;
  for (const ComparedPoint& point : a.points) {
    Pair pair{&point, nullptr};
    for (const ComparedPoint* other : waiting[key_of(point, any_kernel)]) {
      if (!taken[other]) {
        taken[other] = true;
        pair.b = other;
        break;
      }
    }
    pairs.push_back(pair);
  }
  for (const ComparedPoint& point : b.points) {
    if (!taken[&point]) {
      pairs.push_back({nullptr, &point});
    }
  }
  return pairs;
}

/// By name, in the order in which they are first met.
class DifferentInputs {
 public:
  void add(const std::vector<InputDifference>& differences, bool of_a_point) {
    for (const InputDifference& one : differences) {
      const auto known = std::find_if(found_.begin(), found_.end(), [&](const SweepInputDifference& other) {
        return other.difference.name == one.name;
      });
      if (known == found_.end()) {
        found_.push_back({one, of_a_point ? 1U : 0U, true});
        continue;
      }
      known->points += of_a_point ? 1 : 0;
      if (known->difference.a != one.a || known->difference.b != one.b) {
        known->same_everywhere = false;
        known->difference.a.reset();
        known->difference.b.reset();
      }
    }
  }
  [[nodiscard]] std::vector<SweepInputDifference> take() { return std::move(found_); }

 private:
  std::vector<SweepInputDifference> found_;
};

std::vector<InputDifference> different(const std::vector<Input>& a, const std::vector<Input>& b) {
  ComparedRun run_a;
  ComparedRun run_b;
  run_a.inputs = a;
  run_b.inputs = b;
  return compare(run_a, run_b).inputs;
}

/// Machines are few and have many parameters.
class Machines {
 public:
  const std::vector<InputDifference>& different_between(const ComparedPoint& a, const ComparedPoint& b) {
    const auto [known, is_new] = found_.try_emplace({a.machine.get(), b.machine.get()});
    if (is_new && a.machine != nullptr && b.machine != nullptr) {
      known->second = different(*a.machine, *b.machine);
    }
    return known->second;
  }

 private:
  std::map<std::pair<const std::vector<Input>*, const std::vector<Input>*>, std::vector<InputDifference>>
      found_;
};

std::vector<PhaseResult> results_of(const ComparedPoint& point) {
  std::vector<PhaseResult> results;
  for (const std::string& document : point.documents) {
    results.push_back(result_without_host(Json::parse(document)));
  }
  return results;
}

/// Results added up, by kernel and phase of A.
class Sums {
 public:
  void add(const PhaseName& name, const PhaseResult& result) {
    const auto [known, is_new] = sums_.try_emplace({name.kernel, name.phase, name.ordinal});
    PhaseResult& sum = known->second;
    sum.kernel = name.kernel;
    sum.phase = name.phase;
    sum.elapsed_ps += result.elapsed_ps;
    sum.victim_ps += result.victim_ps;
    for (const Counter& counter : result.counters) {
      const auto same = std::find_if(sum.counters.begin(), sum.counters.end(),
                                     [&](const Counter& other) { return other.name == counter.name; });
      if (same == sum.counters.end()) {
        sum.counters.push_back(counter);
      } else {
        same->value += counter.value;
      }
    }
    const std::string measured = std::to_string(result.measured_cpu);
    for (const AccountRow& row : result.accounts) {
      spent_[known->first][{row.cpus != measured, row.path, row.cause}] += row.ps;
    }
  }
  /// The phases of each kernel, which the measured CPU 0 has spent.
  [[nodiscard]] ComparedRun take() {
    ComparedRun run;
    for (auto& [name, sum] : sums_) {
      for (const auto& [where, ps] : spent_[name]) {
        const auto& [others, path, cause] = where;
        sum.accounts.push_back({others ? "others" : "0", path, cause, ps});
      }
      run.results.push_back(std::move(sum));
    }
    return run;
  }

 private:
  using Name = std::tuple<std::string, std::string, std::size_t>;
  std::map<Name, PhaseResult> sums_;
  std::map<Name, std::map<std::tuple<bool, std::string, std::string>, std::int64_t>> spent_;
};

/// The phases of two points, and their sums, each side's under its own names.
std::vector<PhaseComparison> compare_done(const Pair& pair, bool any_kernel, Sums& sums_a, Sums& sums_b) {
  ComparedRun a;
  ComparedRun b;
  a.results = results_of(*pair.a);
  b.results = results_of(*pair.b);
  a.any_kernel = b.any_kernel = any_kernel;
  Comparison comparison = compare(a, b);
  const auto add = [](Sums& sums, const PhaseName& as, const PhaseName& which,
                      const std::vector<PhaseResult>& results) {
    std::size_t before = 0;
    for (const PhaseResult& result : results) {
      if (result.kernel == which.kernel && result.phase == which.phase && before++ == which.ordinal) {
        sums.add(as, result);
      }
    }
  };
  if (!comparison.same_results()) {
    for (const PhaseComparison& phase : comparison.phases) {
      if (phase.a && phase.b) {
        add(sums_a, *phase.a, *phase.a, a.results);
        add(sums_b, *phase.b, *phase.b, b.results);
      }
    }
  }
  return std::move(comparison.phases);
}

/// How far the elapsed times are apart, whichever is greater; points without both come last.
double rank(const PointComparison& point) {
  double furthest = -1;
  for (const PhaseComparison& phase : point.phases) {
    if (!phase.figures.empty()) {
      const std::optional<double> quotient = ratio(phase.figures.front().a, phase.figures.front().b);
      furthest = std::max(furthest, quotient && *quotient > 0 ? std::abs(std::log(*quotient)) : 0);
    }
  }
  return furthest;
}

PointComparison compare_points(const Pair& pair, bool any_kernel, Sums& sums_a, Sums& sums_b) {
  const ComparedPoint& one = pair.a != nullptr ? *pair.a : *pair.b;
  PointComparison point;
  point.plan = one.plan;
  point.place = one.place;
  if (any_kernel) {
    std::erase_if(point.place, [](const Input& input) { return input.name == "kernel"; });
  }
  if (pair.a != nullptr) {
    point.state_a = pair.a->state;
    point.message_a = pair.a->message;
  }
  if (pair.b != nullptr) {
    point.state_b = pair.b->state;
    point.message_b = pair.b->message;
  }
  if (point.state_a != point.state_b || point.message_a != point.message_b) {
    return point;
  }
  // Most points are the same, and texts are compared faster than what stands in them.
  point.same = pair.a->documents == pair.b->documents;
  if (!point.same) {
    point.phases = compare_done(pair, any_kernel, sums_a, sums_b);
    point.same = std::all_of(point.phases.begin(), point.phases.end(),
                             [](const PhaseComparison& phase) { return phase.same; });
  }
  return point;
}

}  // namespace

SweepComparison compare(const ComparedSweep& a, const ComparedSweep& b) {
  SweepComparison comparison;
  comparison.a = a.label;
  comparison.b = b.label;
  DifferentInputs inputs;
  inputs.add(different(a.inputs, b.inputs), false);
  Machines machines;
  Sums sums_a;
  Sums sums_b;
  for (const Pair& pair : pairs_of(a, b)) {
    if (pair.a != nullptr && pair.b != nullptr && pair.a->machine && pair.b->machine) {
      inputs.add(different(pair.a->inputs, pair.b->inputs), true);
      inputs.add(machines.different_between(*pair.a, *pair.b), true);
    }
    PointComparison point = compare_points(pair, a.any_kernel && b.any_kernel, sums_a, sums_b);
    if (point.same) {
      ++comparison.same_points;
    } else {
      comparison.points.push_back(std::move(point));
    }
  }
  std::stable_sort(
      comparison.points.begin(), comparison.points.end(),
      [](const PointComparison& one, const PointComparison& other) { return rank(one) > rank(other); });
  comparison.inputs = inputs.take();
  ComparedRun together_a = sums_a.take();
  ComparedRun together_b = sums_b.take();
  together_a.any_kernel = together_b.any_kernel = a.any_kernel && b.any_kernel;
  comparison.together = compare(together_a, together_b).phases;
  return comparison;
}

}  // namespace p9mmu::model
