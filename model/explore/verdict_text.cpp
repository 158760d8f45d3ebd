#include "model/explore/verdict_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "model/explore/words.h"

namespace p9mmu::model::explore {
namespace {

using Json = nlohmann::ordered_json;

std::string plural(std::uint64_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string who(const workloads::AuditedActor& actor) {
  return "CPU " + std::to_string(actor.cpu.value()) +
         (actor.path.empty() ? "" : " in " + innermost(actor.path));
}

Json to_json(const workloads::AuditedActor& actor) {
  return {{"cpu", actor.cpu.value()}, {"path", actor.path}};
}

Json to_json(const Counterexample& executed) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < executed.steps.size(); ++i) {
    const StepDescription& step = executed.steps[i];
    steps.push_back({{"step", i + 1},
                     {"actor", step.actor},
                     {"path", step.path},
                     {"operation", step.operation},
                     {"effect", step.effect}});
  }
  return {
      {"rule", rule_name(executed.finding)},
      {"text", executed.finding.text},
      {"sentence", to_sentence(executed.finding)},
      {"place", hex(executed.finding.place)},
      {"by", to_json(executed.finding.actor)},
      {"because_of", executed.finding.cause.path.empty() ? Json(nullptr) : to_json(executed.finding.cause)},
      {"schedule", to_text(executed.schedule)},
      {"steps", steps}};
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3; place -= 3) {
    text.insert(place - 3, ",");
  }
  return text;
}

std::string rule_name(const workloads::AuditFinding& finding) {
  return workloads::kAuditRuleNames[static_cast<std::size_t>(finding.rule)];
}

std::string to_sentence(const workloads::AuditFinding& finding) {
  std::string text = finding.rule == workloads::AuditRule::deadlock
                         ? finding.text
                         : who(finding.actor) + ": " + finding.text;
  if (!finding.cause.path.empty()) {
    text += ", by " + who(finding.cause);
  }
  return text + ".";
}

std::string steps_to_text(const Counterexample& executed) {
  using Row = std::array<std::string, 5>;
  std::vector<Row> rows = {{"step", "actor", "routine", "operation", "effect"}};
  for (std::size_t i = 0; i < executed.steps.size(); ++i) {
    const StepDescription& step = executed.steps[i];
    rows.push_back({std::to_string(i + 1), step.actor, step.routine, step.operation, step.effect});
  }
  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows) {
    for (std::size_t column = 0; column + 1 < row.size(); ++column) {
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = "  ";
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::size_t pad = widths[column] > row[column].size() ? widths[column] - row[column].size() : 0;
      const std::string spaces(pad, ' ');
      line += column == 0 ? spaces + row[column] + "  " : row[column] + spaces + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  if (!executed.finding.text.empty()) {
    text += "\n" + to_sentence(executed.finding) + "\n";
    if (executed.finding.rule != workloads::AuditRule::deadlock) {
      text += "  CPU " + std::to_string(executed.finding.actor.cpu.value()) + ": " +
              executed.finding.actor.path + "\n";
    }
    if (!executed.finding.cause.path.empty()) {
      text += "  CPU " + std::to_string(executed.finding.cause.cpu.value()) + ": " +
              executed.finding.cause.path + "\n";
    }
  }
  return text;
}

namespace {

/// What the numbers in a schedule stand for.
std::string who_is_who(const std::vector<std::uint32_t>& cpus) {
  const std::size_t count = cpus.size();
  const auto range = [count](std::size_t kind) {
    const std::size_t first = kind * count;
    return std::to_string(first) + (count == 1 ? "" : " to " + std::to_string(first + count - 1));
  };
  std::string names;
  for (std::size_t i = 0; i < count; ++i) {
    names += (i == 0 ? "" : i + 1 == count ? " and " : ", ") + std::to_string(cpus[i]);
  }
  return "In a schedule " + range(0) + (count == 1 ? " is CPU " : " are CPUs ") + names + ", " + range(1) +
         " interrupts taken by them, " + range(2) + " their stores reaching the table walkers, " +
         std::to_string(3 * count) + " and on tlbies served, core by core; *N is N steps.";
}

}  // namespace

std::string to_text(const Asked& asked, const Verdict& verdict) {
  std::string text = asked.script + " under " + asked.kernel + ", " + asked.walker + " walkers";
  for (std::size_t i = 0; i < asked.left_out.size(); ++i) {
    text += (i == 0 ? ", without " : " and ") + asked.left_out[i];
  }
  text += ": ";
  const SearchResult& search = verdict.search;
  const std::string extent = std::string(search.complete ? "" : "not all: ") +
                             plural(search.interleavings, "interleaving") + ", the longest of " +
                             plural(search.longest, "step") +
                             (search.cut_off == 0 ? "" : ", " + grouped(search.cut_off) + " cut off there");
  if (verdict.safe()) {
    return text + (search.complete ? "safe" : "nothing found") + "\n  " + extent + "\n";
  }
  text += "unsafe: " + rule_name(verdict.counterexample->finding) + "\n  " + extent + "; " +
          grouped(verdict.unsafe) + " of them break a rule\n\nThe shortest way to it:\n\n";
  text += steps_to_text(*verdict.counterexample);
  return text + "\nTo see it again:\n  " + asked.command + " --schedule '" +
         to_text(verdict.counterexample->schedule) + "'\n" + who_is_who(asked.cpus) + "\n";
}

nlohmann::ordered_json to_json(const Asked& asked, const Verdict& verdict) {
  return {{"schema", "p9mmu.explore/1"},
          {"script", asked.script},
          {"kernel", asked.kernel},
          {"walker", asked.walker},
          {"machine", asked.machine},
          {"seed", asked.seed},
          {"options", asked.options},
          {"left_out", asked.left_out},
          {"safe", verdict.safe()},
          {"complete", verdict.search.complete},
          {"interleavings", verdict.search.interleavings},
          {"unsafe_interleavings", verdict.unsafe},
          {"redundant_executions", verdict.search.redundant},
          {"cut_off", verdict.search.cut_off},
          {"longest", verdict.search.longest},
          {"counterexample", verdict.safe() ? Json(nullptr) : to_json(*verdict.counterexample)}};
}

nlohmann::ordered_json to_trace(const Counterexample& executed) {
  std::vector<std::string> actors;
  Json events = Json::array();
  for (std::size_t i = 0; i < executed.steps.size(); ++i) {
    const StepDescription& step = executed.steps[i];
    auto place = std::find(actors.begin(), actors.end(), step.actor);
    if (place == actors.end()) {
      actors.push_back(step.actor);
      place = std::prev(actors.end());
      events.push_back({{"ph", "M"},
                        {"name", "thread_name"},
                        {"pid", 1},
                        {"tid", actors.size()},
                        {"args", {{"name", step.actor}}}});
    }
    events.push_back({{"ph", "X"},
                      {"name", step.routine.empty() ? step.operation : step.routine + ": " + step.operation},
                      {"pid", 1},
                      {"tid", place - actors.begin() + 1},
                      {"ts", i},
                      {"dur", 1},
                      {"args", {{"path", step.path}, {"effect", step.effect}}}});
  }
  return {{"displayTimeUnit", "ns"}, {"traceEvents", events}};
}

}  // namespace p9mmu::model::explore
