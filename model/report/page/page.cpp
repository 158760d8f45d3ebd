#include "model/report/page/page.h"

#include <array>
#include <set>

#include "mmu/check.h"
#include "model/report/numbers.h"
#include "model/report/page/layout.h"
#include "model/report/page/sections.h"

namespace p9mmu::model::report::page {
namespace {

constexpr std::array kSections = {asked_section,  results_section,     curves_section,    crossover_section,
                                  causes_section, sensitivity_section, victims_section,   rounds_section,
                                  flames_section, failures_section,    reproduce_section, machine_section};

Chapter chapter_of(const Experiment& experiment) {
  Chapter chapter{experiment.title, experiment.question, {}};
  for (const auto& make_section : kSections) {
    Section section = make_section(experiment);
    if (!section.blocks.empty()) {
      chapter.sections.push_back(std::move(section));
    }
  }
  return chapter;
}

std::string counted(std::size_t count, const std::string& word) {
  return grouped(static_cast<std::int64_t>(count)) + " " + word + (count == 1 ? "" : "s");
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
