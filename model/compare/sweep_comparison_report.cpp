#include "model/compare/sweep_comparison_report.h"

#include <algorithm>
#include <set>

#include "model/compare/comparison_json.h"
#include "model/compare/comparison_text.h"
#include "model/report/numbers.h"
#include "model/report/table.h"

namespace p9mmu::model {
namespace {

using report::Json;
using report::paragraph;

using Rows = std::vector<std::vector<std::string>>;

constexpr const char* kNothing = "-";

std::string count_text(std::size_t count, const char* what) {
  return report::grouped(static_cast<std::int64_t>(count)) + " " + what + (count == 1 ? "" : "s");
}

std::string inputs_section(const SweepComparison& comparison) {
  if (comparison.inputs.empty()) {
    return "The inputs are the same.\n\n";
  }
  Rows rows;
  for (const SweepInputDifference& input : comparison.inputs) {
    const char* absent = input.same_everywhere ? kNothing : "various";
    rows.push_back({input.difference.name, input.difference.a.value_or(absent),
                    input.difference.b.value_or(absent),
                    input.points == 0 ? kNothing : report::grouped(static_cast<std::int64_t>(input.points))});
  }
  return "Inputs that differ:\n\n" +
         indented(
             report::render_table({{"", "", true}, {"", "A", true}, {"", "B", true}, {"", "points"}}, rows)) +
         "\n";
}

/// "cpus=64, ipi": the kernel's name says what it is.
std::string place_text(const PointComparison& point, bool with_plan) {
  std::string text = with_plan ? point.plan : "";
  for (const Input& input : point.place) {
    text += text.empty() ? "" : ", ";
    text += input.name == "kernel" ? input.value : input.name + "=" + input.value;
  }
  return text;
}

/// The cause that the measured CPU's time changed most by; "" if it did not.
std::string first_cause(const PhaseComparison& phase) {
  for (const SpentPair& pair : phase.causes) {
    if (pair.measured_cpu) {
      return "[" + pair.cause + "] " + time_text(pair.b_ps - pair.a_ps, true);
    }
  }
  return "";
}

/// What could not be compared is told in words.
std::string words_on(const PointComparison& point) {
  if (!point.state_a || !point.state_b) {
    return std::string("only in ") + (point.state_a ? "A" : "B");
  }
  const auto end = [](const std::string& state, const std::string& message) {
    return state == "done" ? state : message;  // which says that it failed
  };
  return "A " + end(*point.state_a, point.message_a) + ", B " + end(*point.state_b, point.message_b);
}

std::string points_section(const SweepComparison& comparison, std::size_t most) {
  std::set<std::string> plans;
  std::set<std::string> phases;
  for (const PointComparison& point : comparison.points) {
    plans.insert(point.plan);
    for (const PhaseComparison& phase : point.phases) {
      phases.insert(phase.a ? phase.a->phase : phase.b->phase);
    }
  }
  Rows rows;
  std::string words;
  for (std::size_t i = 0; i < std::min(most, comparison.points.size()); ++i) {
    const PointComparison& point = comparison.points[i];
    const std::string place = place_text(point, plans.size() > 1);
    if (point.phases.empty()) {
      words += paragraph("  " + place + ": ", words_on(point));
    }
    for (const PhaseComparison& phase : point.phases) {
      if (phase.same) {
        continue;
      }
      const std::string& name = phase.a ? phase.a->phase : phase.b->phase;
      if (!phase.a || !phase.b) {
        words += paragraph("  " + place + ": ", "phase " + name + " only in " + (phase.a ? "A" : "B"));
        continue;
      }
      const FigurePair& elapsed = phase.figures.front();
      rows.push_back({place + (phases.size() > 1 ? ", " + name : ""), time_text(*elapsed.a, false),
                      time_text(*elapsed.b, false), time_text(*elapsed.b - *elapsed.a, true),
                      ratio_text(elapsed.a, elapsed.b), first_cause(phase)});
    }
  }
  std::string text = "Points that differ";
  if (most < comparison.points.size()) {
    text += " (the first " + report::grouped(static_cast<std::int64_t>(most)) + " of " +
            report::grouped(static_cast<std::int64_t>(comparison.points.size())) + ")";
  }
  text += ", the ratio furthest from 1 first:\n\n";
  if (!rows.empty()) {
    text += indented(report::render_table({{"", "elapsed", true},
                                           {"", "A"},
                                           {"", "B"},
                                           {"", "difference"},
                                           {"", "B/A"},
                                           {"", "most by", true}},
                                          rows)) +
            "\n";
  }
  return text + words + (words.empty() ? "" : "\n");
}

Json or_null(const std::optional<std::string>& value) {
  return value ? Json(*value) : Json();
}

Json to_json(const PointComparison& point) {
  Json place = Json::array();
  for (const Input& input : point.place) {
    place.push_back({{"axis", input.name}, {"value", input.value}});
  }
  Json phases = Json::array();
  for (const PhaseComparison& phase : point.phases) {
    phases.push_back(to_json(phase));
  }
  return {{"plan", point.plan},
          {"place", std::move(place)},
          {"state_a", or_null(point.state_a)},
          {"state_b", or_null(point.state_b)},
          {"message_a", point.message_a},
          {"message_b", point.message_b},
          {"phases", std::move(phases)}};
}

}  // namespace

std::string to_text(const SweepComparison& comparison, std::size_t most_points, std::size_t most_paths) {
  std::string text = paragraph("A: ", comparison.a) + paragraph("B: ", comparison.b) + "\n";
  text += inputs_section(comparison);
  text += count_text(comparison.same_points, "point") + (comparison.same_points == 1 ? " is" : " are") +
          " the same, " + count_text(comparison.points.size(), "point") +
          (comparison.points.size() == 1 ? " differs" : " differ") + ".\n\n";
  if (!comparison.points.empty() && most_points > 0) {
    text += points_section(comparison, most_points);
  }
  if (!comparison.together.empty()) {
    const bool are_several = comparison.points.size() > 1;
    text += std::string("All points that differ, added up") +
            (are_several ? " over all hosts and workloads, so that long ones weigh most" : "") + ":\n\n" +
            to_text(comparison.together, most_paths);
  }
  return text + (comparison.same_results() ? "The results are the same.\n" : "The results differ.\n");
}

Json to_json(const SweepComparison& comparison) {
  Json inputs = Json::array();
  for (const SweepInputDifference& input : comparison.inputs) {
    inputs.push_back({{"name", input.difference.name},
                      {"a", or_null(input.difference.a)},
                      {"b", or_null(input.difference.b)},
                      {"points", input.points},
                      {"same_everywhere", input.same_everywhere}});
  }
  Json points = Json::array();
  for (const PointComparison& point : comparison.points) {
    points.push_back(to_json(point));
  }
  Json together = Json::array();
  for (const PhaseComparison& phase : comparison.together) {
    together.push_back(to_json(phase));
  }
  return {{"schema", kCompareSweepsSchema},
          {"a", comparison.a},
          {"b", comparison.b},
          {"same_results", comparison.same_results()},
          {"inputs", std::move(inputs)},
          {"same_points", comparison.same_points},
          {"points", std::move(points)},
          {"together", std::move(together)}};
}

}  // namespace p9mmu::model
