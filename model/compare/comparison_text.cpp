#include "model/compare/comparison_text.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "model/report/numbers.h"
#include "model/report/table.h"

namespace p9mmu::model {
namespace {

using report::paragraph;

constexpr const char* kNothing = "-";

std::string phase_text(const PhaseName& name) {
  return name.phase + (name.ordinal > 0 ? " (" + std::to_string(name.ordinal + 1) + ")" : "") + " under " +
         name.kernel;
}

std::string figure_text(const std::string& unit, std::int64_t value, bool sign) {
  if (unit == "ps") {
    return time_text(value, sign);
  }
  return (sign && value > 0 ? "+" : "") + report::grouped(value);
}

/// Name, A, B, difference, ratio.
std::vector<std::string> row(const std::string& name, const std::string& unit, std::optional<std::int64_t> a,
                             std::optional<std::int64_t> b) {
  return {name, a ? figure_text(unit, *a, false) : kNothing, b ? figure_text(unit, *b, false) : kNothing,
          figure_text(unit, b.value_or(0) - a.value_or(0), true), ratio_text(a, b)};
}

std::string figures_table(const std::string& title, const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) {
    return "";
  }
  return indented(report::render_table(
             {{"", title, true}, {"", "A"}, {"", "B"}, {"", "difference"}, {"", "B/A"}}, rows)) +
         "\n";
}

std::string who(bool measured_cpu) {
  return measured_cpu ? "the measured CPU" : "all other CPUs together";
}

std::string causes(const PhaseComparison& phase, bool measured_cpu) {
  std::vector<std::vector<std::string>> rows;
  for (const SpentPair& pair : phase.causes) {
    if (pair.measured_cpu == measured_cpu) {
      rows.push_back(row("[" + pair.cause + "]", "ps", pair.a_ps, pair.b_ps));
    }
  }
  return figures_table("by cause, " + who(measured_cpu), rows);
}

std::vector<std::string> frames_of(const std::string& path) {
  std::vector<std::string> frames;
  std::size_t place = 0;
  while (place < path.size()) {
    const std::size_t end = std::min(path.find(';', place), path.size());
    frames.push_back(path.substr(place, end - place));
    place = end + 1;
  }
  return frames;
}

/// How many frames all of these paths begin with.
std::size_t common_frames(const std::vector<const SpentPair*>& pairs) {
  std::vector<std::string> common = frames_of(pairs.front()->path);
  for (const SpentPair* pair : pairs) {
    const std::vector<std::string> frames = frames_of(pair->path);
    const std::size_t most = std::min(common.size(), frames.size());
    const auto [end, ignored] =
        std::mismatch(common.begin(), common.begin() + static_cast<std::ptrdiff_t>(most), frames.begin());
    common.erase(end, common.end());
  }
  return common.size();
}

std::string path_text(const std::vector<std::string>& frames, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < frames.size(); ++i) {
    text += (text.empty() ? "" : " > ") + frames[i];
  }
  return text;
}

/// The figures first, since they are short; the path behind them, without what all paths begin with.
std::string paths(const PhaseComparison& phase, bool measured_cpu, std::size_t most) {
  std::vector<const SpentPair*> pairs;
  for (const SpentPair& pair : phase.paths) {
    if (pair.measured_cpu == measured_cpu) {
      pairs.push_back(&pair);
    }
  }
  if (pairs.empty()) {
    return "";
  }
  const std::size_t all = pairs.size();
  pairs.resize(std::min(all, most));
  std::string text = "  by call path and cause, " + who(measured_cpu);
  if (pairs.size() < all) {
    const std::string shown = report::grouped(static_cast<std::int64_t>(pairs.size()));
    text += (most == 1 ? " (the largest difference of " : " (the " + shown + " largest differences of ") +
            report::grouped(static_cast<std::int64_t>(all)) + ")";
  }
  text += "\n";
  if (pairs.empty()) {
    return text + "\n";
  }
  const std::size_t common = common_frames(pairs);
  if (common > 0) {
    std::vector<std::string> frames = frames_of(pairs.front()->path);
    frames.resize(common);
    text += paragraph("  below ", path_text(frames, 0) + ":");
  }
  for (const SpentPair* pair : pairs) {
    std::string difference = time_text(pair->b_ps - pair->a_ps, true);
    std::string quotient = ratio_text(pair->a_ps, pair->b_ps);
    difference.insert(0, difference.size() < 12 ? 12 - difference.size() : 0, ' ');
    quotient.insert(0, quotient.size() < 8 ? 8 - quotient.size() : 0, ' ');
    text += paragraph("  " + difference + quotient + "  ",
                      path_text(frames_of(pair->path), common) + " [" + pair->cause + "]");
  }
  return text + "\n";
}

std::string phase_section(const PhaseComparison& phase, std::size_t most_paths) {
  if (!phase.a || !phase.b) {
    return std::string("Only in ") + (phase.a ? "A" : "B") + ": " +
           phase_text(phase.a ? *phase.a : *phase.b) + "\n\n";
  }
  std::string name = phase_text(*phase.a);
  name += *phase.a == *phase.b ? "" : " in A, " + phase_text(*phase.b) + " in B";
  if (phase.same) {
    return name + ": the same\n\n";
  }
  std::vector<std::vector<std::string>> rows;
  for (const FigurePair& pair : phase.figures) {
    rows.push_back(row(pair.name, pair.unit, pair.a, pair.b));
  }
  std::string text = name + "\n\n" + figures_table("", rows);
  if (phase.round_times_differ) {
    text += "  How long single rounds of interrupts took differs.\n\n";
  }
  for (const bool measured_cpu : {true, false}) {
    text += causes(phase, measured_cpu);
  }
  for (const bool measured_cpu : {true, false}) {
    text += paths(phase, measured_cpu, most_paths);
  }
  return text;
}

std::string inputs_section(const Comparison& comparison) {
  if (comparison.inputs.empty()) {
    return "The inputs are the same.\n\n";
  }
  std::vector<std::vector<std::string>> rows;
  for (const InputDifference& input : comparison.inputs) {
    rows.push_back({input.name, input.a.value_or(kNothing), input.b.value_or(kNothing)});
  }
  return "Inputs that differ:\n\n" +
         indented(report::render_table({{"", "", true}, {"", "A", true}, {"", "B", true}}, rows)) + "\n";
}

}  // namespace

std::string ratio_text(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  const std::optional<double> quotient = ratio(a, b);
  if (!quotient) {
    return b.value_or(0) != 0 ? "new" : kNothing;
  }
  if (*b == 0) {
    return "gone";
  }
  return *quotient < 0.1 ? "1/" + report::significant(1 / *quotient, 4) : report::significant(*quotient, 4);
}

std::string indented(const std::string& text) {
  std::string result;
  bool begins = true;
  for (const char c : text) {
    result += begins && c != '\n' ? "  " : "";
    result += c;
    begins = c == '\n';
  }
  return result;
}

std::string time_text(std::int64_t ps, bool sign) {
  struct Unit {
    std::int64_t ps;
    const char* name;
  };
  constexpr std::array<Unit, 4> kUnits = {Unit{1'000'000'000, " ms"}, Unit{1'000'000, " us"},
                                          Unit{1'000, " ns"}, Unit{1, " ps"}};
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end() - 1,
                                  [ps](const Unit& candidate) { return std::abs(ps) >= candidate.ps; });
  if (ps == 0) {
    return "0";
  }
  return (sign && ps > 0 ? "+" : "") +
         report::significant(static_cast<double>(ps) / static_cast<double>(unit->ps), unit->ps == 1 ? 0 : 4) +
         unit->name;
}

std::string to_text(const std::vector<PhaseComparison>& phases, std::size_t most_paths) {
  std::string text;
  for (const PhaseComparison& phase : phases) {
    text += phase_section(phase, most_paths);
  }
  return text;
}

std::string to_text(const Comparison& comparison, std::size_t most_paths) {
  std::string text = paragraph("A: ", comparison.a) + paragraph("B: ", comparison.b) + "\n";
  text += inputs_section(comparison);
  if (comparison.phases.empty()) {
    return text + "No phase was measured in either.\n";
  }
  text += to_text(comparison.phases, most_paths);
  text += comparison.same_results() ? "The results are the same.\n" : "The results differ.\n";
  return text;
}

}  // namespace p9mmu::model
