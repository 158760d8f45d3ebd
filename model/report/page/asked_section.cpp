#include <algorithm>

#include "model/report/numbers.h"
#include "model/report/page/figures.h"
#include "model/report/page/sections.h"

namespace p9mmu::model::report::page {
namespace {

std::size_t points_that_are(const Experiment& experiment, PointState state) {
  return static_cast<std::size_t>(
      std::count_if(experiment.points.begin(), experiment.points.end(),
                    [state](const Point& point) { return point.state == state; }));
}

std::string count_text(std::size_t count, const char* word) {
  return grouped(static_cast<std::int64_t>(count)) + " " + word;
}

Paragraph progress(const Experiment& experiment) {
  const std::size_t failed = points_that_are(experiment, PointState::failed);
  const std::size_t missing = points_that_are(experiment, PointState::missing);
  std::string text =
      count_text(experiment.points.size(), experiment.points.size() == 1 ? "point" : "points") + ": " +
      count_text(points_that_are(experiment, PointState::done), "done");
  text += failed == 0 ? "" : ", " + count_text(failed, "failed");
  text += missing == 0 ? "" : ", " + count_text(missing, "without a result");
  text += failed + missing == 0 ? "." : ". The section on failures says which and why.";
  return Paragraph{text, failed + missing > 0};
}

/// What is true of every point once, what is true of some with their kernels.
std::vector<std::string> assumptions(const Experiment& experiment) {
  struct Assumption {
    std::string text;
    std::size_t phases = 0;
    std::vector<std::string> kernels;
  };
  std::vector<Assumption> all;
  std::size_t phases = 0;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      ++phases;
      for (const std::string& text : measured.result.assumptions) {
        auto known =
            std::find_if(all.begin(), all.end(), [&](const Assumption& one) { return one.text == text; });
        if (known == all.end()) {
          known = all.insert(known, Assumption{text, 0, {}});
        }
        ++known->phases;
        if (std::find(known->kernels.begin(), known->kernels.end(), point.kernel) == known->kernels.end()) {
          known->kernels.push_back(point.kernel);
        }
      }
    }
  }
  std::vector<std::string> texts;
  for (const Assumption& one : all) {
    std::string of;
    for (const std::string& kernel : one.kernels) {
      of += (of.empty() ? "" : ", ") + kernel;
    }
    texts.push_back(one.phases == phases
                        ? one.text
                        : one.text + " (" + count_text(one.phases, "of ") +
                              grouped(static_cast<std::int64_t>(phases)) + " results: " + of + ")");
  }
  return texts;
}

/// Sweeps have an assumption for each CPU count and the like; more than this are folded away.
constexpr std::size_t kMostAssumptions = 8;

}  // namespace

Section asked_section(const Experiment& experiment) {
  Section section{"asked", "What was asked", {}};
  section.blocks.emplace_back(Definitions{experiment.asked});
  section.blocks.emplace_back(progress(experiment));
  const std::vector<std::string> assumed = assumptions(experiment);
  if (assumed.size() > kMostAssumptions) {
    Table table{"Assumed", {{"What was taken for granted"}}, {}, 0, true};
    for (const std::string& text : assumed) {
      table.rows.push_back(Row{{text}});
    }
    section.blocks.emplace_back(std::move(table));
  } else if (!assumed.empty()) {
    section.blocks.emplace_back(Paragraph{"Assumed:"});
    section.blocks.emplace_back(Bullets{assumed});
  }
  if (!experiment.plan.empty()) {
    section.blocks.emplace_back(Listing{"The plan", experiment.plan});
  }
  return section;
}

}  // namespace p9mmu::model::report::page
