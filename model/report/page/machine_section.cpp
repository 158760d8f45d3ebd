#include <algorithm>

#include "model/report/numbers.h"
#include "model/report/page/figures.h"
#include "model/report/page/sections.h"
#include "model/report/published.h"

namespace p9mmu::model::report::page {
namespace {

/// A parameter that takes more different values than this is told by their number.
constexpr std::size_t kMostValues = 12;

/// The machines of one name, which differ in what was set.
struct Family {
  std::string name;
  std::vector<const MachineSheet*> machines;
};

std::vector<Family> families_of(const Experiment& experiment) {
  std::vector<Family> families;
  for (const MachineSheet& machine : experiment.machines) {
    auto family = std::find_if(families.begin(), families.end(),
                               [&](const Family& known) { return known.name == machine.name; });
    if (family == families.end()) {
      family = families.insert(family, Family{machine.name, {}});
    }
    family->machines.push_back(&machine);
  }
  return families;
}

const ResolvedParameter* find(const MachineSheet& machine, const std::string& name) {
  for (const ResolvedParameter& parameter : machine.parameters) {
    if (parameter.name == name) {
      return &parameter;
    }
  }
  return nullptr;
}

std::string joined(const std::vector<std::string>& texts) {
  if (texts.size() > kMostValues) {
    return grouped(static_cast<std::int64_t>(texts.size())) + " values, " + texts.front() + " to " +
           texts.back();
  }
  std::string all;
  for (const std::string& text : texts) {
    all += (all.empty() ? "" : "; ") + text;
  }
  return all;
}

/// What `say` says of the parameter in each machine, each text once.
template <typename Say>
std::string across(const Family& family, const std::string& name, const Say& say) {
  std::vector<std::string> texts;
  for (const MachineSheet* machine : family.machines) {
    const ResolvedParameter* parameter = find(*machine, name);
    const std::string text = parameter == nullptr ? std::string() : say(*parameter);
    if (!text.empty() && std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(text);
    }
  }
  return joined(texts);
}

bool was_changed(const Family& family, const std::string& name) {
  return std::any_of(family.machines.begin(), family.machines.end(), [&](const MachineSheet* machine) {
    const ResolvedParameter* parameter = find(*machine, name);
    return parameter != nullptr && (report::is_changed(*parameter) || !parameter->calibrated_on.empty());
  });
}

Row parameter_row(const Family& family, const ResolvedParameter& parameter) {
  const std::string& name = parameter.name;
  const auto say = [&](auto member) {
    return across(family, name, [member](const ResolvedParameter& one) { return one.*member; });
  };
  const std::string calibrated = say(&ResolvedParameter::calibrated_on);
  const std::string replaced = say(&ResolvedParameter::replaced);
  return Row{{name, say(&ResolvedParameter::value_text), say(&ResolvedParameter::range),
              say(&ResolvedParameter::provenance) + (calibrated.empty() ? "" : " on " + calibrated),
              say(&ResolvedParameter::source) + (replaced.empty() ? "" : " (instead of " + replaced + ")"),
              parameter.meaning},
             was_changed(family, name)};
}

Table parameters_table(const Family& family, bool changed_only) {
  Table table;
  table.caption = changed_only ? family.name + ": parameters that were calibrated or changed"
                               : family.name + ": every parameter with its provenance";
  table.columns = {{"parameter"}, {"value"}, {"range"}, {"provenance"}, {"source"}, {"meaning"}};
  table.is_folded = !changed_only;
  for (const ResolvedParameter& parameter : family.machines.front()->parameters) {
    Row row = parameter_row(family, parameter);
    if (row.is_marked || !changed_only) {
      row.is_marked = row.is_marked && !changed_only;
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

/// How many parameters have which provenance.
std::string provenances(const Family& family) {
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (const ResolvedParameter& parameter : family.machines.front()->parameters) {
    auto known = std::find_if(counts.begin(), counts.end(),
                              [&](const auto& one) { return one.first == parameter.provenance; });
    if (known == counts.end()) {
      known = counts.insert(known, {parameter.provenance, 0});
    }
    ++known->second;
  }
  std::string text;
  for (const auto& [provenance, count] : counts) {
    text += (text.empty() ? "" : ", ") + grouped(count) + " " + provenance;
  }
  return text;
}

}  // namespace

Section machine_section(const Experiment& experiment) {
  Section section{"machine", "The machine", {}};
  for (const Family& family : families_of(experiment)) {
    section.blocks.emplace_back(Paragraph{
        family.name + " has " +
        grouped(static_cast<std::int64_t>(family.machines.front()->parameters.size())) + " parameters: " +
        provenances(family) + (family.machines.size() == 1 ? "." : ", as the first point has them.")});
    Table changed = parameters_table(family, true);
    if (!changed.rows.empty()) {
      section.blocks.emplace_back(std::move(changed));
    }
    section.blocks.emplace_back(parameters_table(family, false));
  }
  return section;
}

}  // namespace p9mmu::model::report::page
