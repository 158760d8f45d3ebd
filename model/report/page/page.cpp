#include "model/report/page/page.h"

#include <array>
#include <optional>
#include <set>

#include "mmu/check.h"
#include "model/report/numbers.h"
#include "model/report/page/layout.h"
#include "model/report/page/sections.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {
namespace {

constexpr std::array kSections = {asked_section,  results_section,     curves_section,    crossover_section,
                                  causes_section, sensitivity_section, victims_section,   rounds_section,
                                  flames_section, failures_section,    reproduce_section, machine_section};

std::string counted(std::size_t count, const std::string& word) {
  return grouped(static_cast<std::int64_t>(count)) + " " + word + (count == 1 ? "" : "s");
}

/// Where one setting is varied at a time, an end of a range may be where the machine stands anyway: the base
/// point again, with the same result. The experiment with each kernel's base point once; nothing if they are.
std::optional<Experiment> without_repeats(const Experiment& experiment) {
  if (!experiment.is_planned() || !is_one_at_a_time(experiment)) {
    return std::nullopt;
  }
  const std::vector<BaseSetting> base = base_settings(experiment);
  std::set<std::string> seen;
  std::vector<const Point*> kept;
  for (const Point& point : experiment.points) {
    const bool is_base = point.state == PointState::done && changes_from(base, point).empty();
    if (!is_base || seen.insert(point.kernel).second) {
      kept.push_back(&point);
    }
  }
  if (kept.size() == experiment.points.size()) {
    return std::nullopt;
  }
  Experiment result{experiment.title, experiment.question, experiment.asked,
                    experiment.plan,  experiment.machines, {}};
  for (const Point* point : kept) {
    result.points.push_back(*point);
  }
  return result;
}

Chapter chapter_of(const Experiment& experiment) {
  Chapter chapter{experiment.title, experiment.question, {}};
  const std::optional<Experiment> shorter = without_repeats(experiment);
  for (const auto& make_section : kSections) {
    const bool tells_all = make_section == asked_section;
    Section section = make_section(shorter && !tells_all ? *shorter : experiment);
    if (shorter && tells_all) {
      const std::size_t repeats = experiment.points.size() - shorter->points.size();
      section.blocks.emplace_back(
          Paragraph{"The base point is shown once for each kernel: " + counted(repeats, "more point") +
                    (repeats == 1 ? " is" : " are") +
                    " the same, since an end of a range is where the machine stands anyway."});
    }
    if (!section.blocks.empty()) {
      chapter.sections.push_back(std::move(section));
    }
  }
  return chapter;
}

std::string title_of(const std::vector<Experiment>& experiments) {
  const std::size_t more = experiments.size() - 1;
  return experiments.front().title + (more == 0 ? "" : " and " + counted(more, "more experiment"));
}

std::string subtitle_of(const std::vector<Experiment>& experiments) {
  std::size_t points = 0;
  std::set<std::string> kernels;
  for (const Experiment& experiment : experiments) {
    points += experiment.points.size();
    for (const std::string& kernel : kernels_of(experiment)) {
      kernels.insert(kernel);
    }
  }
  return counted(points, "point") + ", " + counted(kernels.size(), "kernel");
}

}  // namespace

Page make_page(const std::vector<Experiment>& experiments, const std::string& title) {
  Page page;
  P9MMU_CHECK(!experiments.empty(), "a page of nothing");
  page.title = title.empty() ? title_of(experiments) : title;
  page.subtitle = subtitle_of(experiments);
  for (const Experiment& experiment : experiments) {
    page.chapters.push_back(chapter_of(experiment));
  }
  return page;
}

}  // namespace p9mmu::model::report::page
