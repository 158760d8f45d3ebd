#include "model/compare/comparison.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

namespace p9mmu::model {
namespace {

using report::AccountRow;
using report::Counter;
using report::PhaseResult;

std::optional<std::string> value_of(const ComparedRun& run, const std::string& name) {
  for (const Input& input : run.inputs) {
    if (input.name == name) {
      return input.value;
    }
  }
  return std::nullopt;
}

std::vector<InputDifference> compare_inputs(const ComparedRun& a, const ComparedRun& b) {
  std::map<std::string, std::string> values_of_b;
  for (const Input& input : b.inputs) {
    values_of_b.emplace(input.name, input.value);
  }
  std::vector<InputDifference> differences;
  for (const Input& input : a.inputs) {
    const auto other = values_of_b.find(input.name);
    if (other == values_of_b.end()) {
      differences.push_back({input.name, input.value, std::nullopt});
    } else if (other->second != input.value) {
      differences.push_back({input.name, input.value, other->second});
    }
  }
  for (const Input& input : b.inputs) {
    if (!value_of(a, input.name)) {
      differences.push_back({input.name, std::nullopt, input.value});
    }
  }
  return differences;
}

std::int64_t size_of_difference(std::int64_t a, std::int64_t b) {
  return std::abs(b - a);
}

std::int64_t size_of_difference(const FigurePair& pair) {
  return size_of_difference(pair.a.value_or(0), pair.b.value_or(0));
}

std::vector<FigurePair> compare_figures(const PhaseResult& a, const PhaseResult& b) {
  std::vector<FigurePair> figures = {{"elapsed", "ps", a.elapsed_ps, b.elapsed_ps},
                                     {"victims", "ps", a.victim_ps, b.victim_ps}};
  std::map<std::string, FigurePair> counters;
  for (const Counter& counter : a.counters) {
    counters[counter.name] = {counter.name, counter.unit, counter.value, std::nullopt};
  }
  for (const Counter& counter : b.counters) {
    FigurePair& pair = counters[counter.name];
    pair.name = counter.name;
    pair.unit = counter.unit;
    pair.b = counter.value;
  }
  const std::size_t times = figures.size();
  for (auto& [name, pair] : counters) {
    if (pair.a != pair.b) {
      figures.push_back(std::move(pair));
    }
  }
  std::stable_sort(figures.begin() + static_cast<std::ptrdiff_t>(times), figures.end(),
                   [](const FigurePair& one, const FigurePair& other) {
                     return size_of_difference(one) > size_of_difference(other);
                   });
  return figures;
}

/// Where time went; the key is (others, path, cause).
using Spending = std::map<std::tuple<bool, std::string, std::string>, std::pair<std::int64_t, std::int64_t>>;

void add_spending(Spending& spending, const PhaseResult& result, bool by_path,
                  std::int64_t std::pair<std::int64_t, std::int64_t>::*side) {
  const std::string measured = std::to_string(result.measured_cpu);
  for (const AccountRow& row : result.accounts) {
    spending[{row.cpus != measured, by_path ? row.path : "", row.cause}].*side += row.ps;
  }
}

std::vector<SpentPair> compare_spending(const PhaseResult& a, const PhaseResult& b, bool by_path) {
  Spending spending;
  add_spending(spending, a, by_path, &std::pair<std::int64_t, std::int64_t>::first);
  add_spending(spending, b, by_path, &std::pair<std::int64_t, std::int64_t>::second);
  std::vector<SpentPair> pairs;
  for (const auto& [key, spent] : spending) {
    if (spent.first != spent.second) {
      const auto& [others, path, cause] = key;
      pairs.push_back({!others, path, cause, spent.first, spent.second});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const SpentPair& one, const SpentPair& other) {
    return std::tuple(!one.measured_cpu, -size_of_difference(one.a_ps, one.b_ps)) <
           std::tuple(!other.measured_cpu, -size_of_difference(other.a_ps, other.b_ps));
  });
  return pairs;
}

/// What names the results of a run, in their order.
std::vector<PhaseName> names_of(const ComparedRun& run) {
  std::map<std::pair<std::string, std::string>, std::size_t> counted;
  std::vector<PhaseName> names;
  for (const PhaseResult& result : run.results) {
    names.push_back({result.kernel, result.phase, counted[{result.kernel, result.phase}]++});
  }
  return names;
}

PhaseComparison compare_phases(const PhaseName& name_a, const PhaseResult& a, const PhaseName& name_b,
                               const PhaseResult& b) {
  PhaseComparison phase;
  phase.a = name_a;
  phase.b = name_b;
  phase.figures = compare_figures(a, b);
  phase.causes = compare_spending(a, b, false);
  phase.paths = compare_spending(a, b, true);
  phase.round_times_differ = a.ipi_round_times != b.ipi_round_times;
  const bool figures_same = std::all_of(phase.figures.begin(), phase.figures.end(),
                                        [](const FigurePair& pair) { return pair.a == pair.b; });
  phase.same = figures_same && phase.paths.empty() && !phase.round_times_differ && a.cpus == b.cpus &&
               a.measured_cpu == b.measured_cpu;
  return phase;
}

PhaseComparison one_sided(const std::optional<PhaseName>& a, const std::optional<PhaseName>& b) {
  PhaseComparison phase;
  phase.a = a;
  phase.b = b;
  return phase;
}

/// Those that only one side has come first, then the largest difference; equal ones last.
std::int64_t rank(const PhaseComparison& phase) {
  if (!phase.a || !phase.b) {
    return INT64_MAX;
  }
  return phase.same ? -1 : size_of_difference(phase.figures.front());
}

}  // namespace

bool Comparison::same_results() const {
  return std::all_of(phases.begin(), phases.end(), [](const PhaseComparison& phase) { return phase.same; });
}

Comparison compare(const ComparedRun& a, const ComparedRun& b) {
  Comparison comparison;
  comparison.a = a.label;
  comparison.b = b.label;
  comparison.inputs = compare_inputs(a, b);
  const std::vector<PhaseName> names_a = names_of(a);
  const std::vector<PhaseName> names_b = names_of(b);
  const bool any_kernel = a.any_kernel && b.any_kernel;
  std::set<std::size_t> taken;
  for (std::size_t i = 0; i < names_a.size(); ++i) {
    const auto same = std::find_if(names_b.begin(), names_b.end(), [&](const PhaseName& name) {
      return name.phase == names_a[i].phase && name.ordinal == names_a[i].ordinal &&
             (any_kernel || name.kernel == names_a[i].kernel);
    });
    if (same == names_b.end()) {
      comparison.phases.push_back(one_sided(names_a[i], std::nullopt));
      continue;
    }
    const auto j = static_cast<std::size_t>(same - names_b.begin());
    taken.insert(j);
    comparison.phases.push_back(compare_phases(names_a[i], a.results[i], names_b[j], b.results[j]));
  }
  for (std::size_t j = 0; j < names_b.size(); ++j) {
    if (!taken.contains(j)) {
      comparison.phases.push_back(one_sided(std::nullopt, names_b[j]));
    }
  }
  std::stable_sort(
      comparison.phases.begin(), comparison.phases.end(),
      [](const PhaseComparison& one, const PhaseComparison& other) { return rank(one) > rank(other); });
  return comparison;
}

std::optional<double> ratio(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  if (!a || !b || *a == 0) {
    return std::nullopt;
  }
  return static_cast<double>(*b) / static_cast<double>(*a);
}

}  // namespace p9mmu::model
