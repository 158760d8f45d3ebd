#include "model/report/page/crossover.h"

namespace p9mmu::model::report::page {
namespace {

/// A point that both kernels have.
struct Common {
  const Sample* first;
  const Sample* second;
};

std::vector<Common> common_points(const Curve& first, const Curve& second) {
  std::vector<Common> common;
  auto other = second.samples.begin();
  for (const Sample& sample : first.samples) {
    while (other != second.samples.end() && other->x < sample.x) {
      ++other;
    }
    if (other != second.samples.end() && other->x == sample.x) {
      common.push_back(Common{&sample, &*other});
      ++other;
    }
  }
  return common;
}

Comparison compare(const Curve& first, const Curve& second) {
  Comparison comparison{first.kernel, second.kernel, 0, "", "", 0, "", {}};
  const std::vector<Common> common = common_points(first, second);
  comparison.common = common.size();
  if (common.empty()) {
    return comparison;
  }
  comparison.least_text = common.front().first->x_text;
  comparison.greatest_text = common.back().first->x_text;
  const Sample* last = nullptr;  // where they last differed
  for (const Common& here : common) {
    const std::int64_t mine = here.first->measured->result.elapsed_ps;
    const std::int64_t theirs = here.second->measured->result.elapsed_ps;
    if (mine == theirs) {
      ++comparison.equal;
      continue;
    }
    const std::string& faster = mine < theirs ? first.kernel : second.kernel;
    if (last != nullptr && faster != comparison.faster) {
      comparison.crossovers.push_back(
          Crossover{comparison.faster, faster, last->x, here.first->x, last->x_text, here.first->x_text});
    }
    comparison.faster = faster;
    last = here.first;
  }
  if (!comparison.crossovers.empty()) {
    comparison.faster.clear();
  }
  return comparison;
}

}  // namespace

std::vector<Comparison> compare_kernels(const Panel& panel, Spacing spacing) {
  std::vector<Comparison> comparisons;
  if (spacing == Spacing::words) {
    return comparisons;
  }
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    for (std::size_t j = i + 1; j < panel.curves.size(); ++j) {
      comparisons.push_back(compare(panel.curves[i], panel.curves[j]));
    }
  }
  return comparisons;
}

}  // namespace p9mmu::model::report::page
