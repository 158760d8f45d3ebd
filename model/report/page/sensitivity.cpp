#include "model/report/page/sensitivity.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace p9mmu::model::report::page {
namespace {

/// What the machine has by itself, if the axis is a parameter; else an empty value. The number is known if
/// some point has left it so.
Setting own_setting(const Experiment& experiment, const std::string& axis) {
  Setting own{axis, "", std::nullopt};
  for (const MachineSheet& machine : experiment.machines) {
    for (const ResolvedParameter& parameter : machine.parameters) {
      if (parameter.name != axis) {
        continue;
      }
      if (parameter.provenance != "set") {
        return {axis, parameter.value_text, parameter.value_number};
      }
      own.value = parameter.replaced;
    }
  }
  return own;
}

bool same_value(const std::string& a, const std::string& b) {
  const auto dense = [](std::string text) {
    std::erase(text, ' ');
    return text;
  };
  return dense(a) == dense(b);
}

BaseSetting base_setting(const Experiment& experiment, const std::string& axis) {
  struct Candidate {
    Setting setting;
    std::size_t points = 0;
  };
  std::vector<Candidate> candidates;
  std::unordered_map<std::string, std::size_t> places;  // in candidates, by value: there may be thousands
  for (const Point& point : experiment.points) {
    const Setting here = setting_of(point, axis);
    const auto [known, is_new] = places.try_emplace(here.value, candidates.size());
    if (is_new) {
      candidates.push_back(Candidate{here, 0});
    }
    ++candidates[known->second].points;
  }
  const std::size_t most =
      std::max_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        return a.points < b.points;
      })->points;
  std::erase_if(candidates, [most](const Candidate& one) { return one.points < most; });
  const Setting own = own_setting(experiment, axis);
  for (const Candidate& one : candidates) {
    if (one.setting.value.empty()) {
      return {own, true};
    }
    if (same_value(one.setting.value, own.value)) {
      return {one.setting, true};
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.setting.number.value_or(0) < b.setting.number.value_or(0);
  });
  return {candidates[candidates.size() / 2].setting, false};
}

/// What one kernel measured, by what it changed.
struct Entry {
  std::vector<Setting> changes;
  std::int64_t elapsed_ps;
};

std::vector<Entry> entries_of(const Experiment& experiment, const std::string& kernel,
                              const std::string& phase, const std::vector<BaseSetting>& base) {
  std::vector<Entry> entries;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (point.kernel == kernel && measured.result.phase == phase) {
        entries.push_back(Entry{changes_from(base, point), measured.result.elapsed_ps});
      }
    }
  }
  return entries;
}

/// Nothing if the setting was never varied alone.
std::optional<Sensitivity> bar_of(const std::vector<Entry>& entries, const Setting& base,
                                  std::int64_t base_ps) {
  struct Value {
    Setting setting;
    std::int64_t elapsed_ps;
  };
  std::vector<Value> values = {{base, base_ps}};
  for (const Entry& entry : entries) {
    if (entry.changes.size() == 1 && entry.changes.front().axis == base.axis) {
      values.push_back(Value{entry.changes.front(), entry.elapsed_ps});
    }
  }
  if (values.size() < 2) {
    return std::nullopt;
  }
  Sensitivity bar;
  bar.axis = base.axis;
  bar.base_value = values.front().setting.value;
  bar.is_numeric = std::all_of(values.begin(), values.end(),
                               [](const Value& value) { return value.setting.number.has_value(); });
  const auto [least, greatest] =
      std::minmax_element(values.begin(), values.end(), [&bar](const Value& a, const Value& b) {
        return bar.is_numeric ? *a.setting.number < *b.setting.number : a.elapsed_ps < b.elapsed_ps;
      });
  bar.least = SensitivityEnd{least->setting.value, least->elapsed_ps};
  bar.greatest = SensitivityEnd{greatest->setting.value, greatest->elapsed_ps};
  return bar;
}

}  // namespace

std::int64_t Sensitivity::span_ps() const {
  return std::max(least.elapsed_ps, greatest.elapsed_ps) - std::min(least.elapsed_ps, greatest.elapsed_ps);
}

std::vector<BaseSetting> base_settings(const Experiment& experiment) {
  std::vector<BaseSetting> base;
  for (const std::string& axis : varying_axes(experiment)) {
    base.push_back(base_setting(experiment, axis));
  }
  return base;
}

std::vector<Setting> changes_from(const std::vector<BaseSetting>& base, const Point& point) {
  std::vector<Setting> changes;
  for (const BaseSetting& one : base) {
    Setting here = setting_of(point, one.setting.axis);
    if (!(here.value.empty() && one.is_own) && !same_value(here.value, one.setting.value)) {
      changes.push_back(std::move(here));
    }
  }
  return changes;
}

std::vector<Sensitivities> sensitivities(const Experiment& experiment, const std::string& phase) {
  const std::vector<BaseSetting> base = base_settings(experiment);
  std::vector<Sensitivities> result;
  for (const std::string& kernel : kernels_of(experiment)) {
    const std::vector<Entry> entries = entries_of(experiment, kernel, phase, base);
    const auto at_base = std::find_if(entries.begin(), entries.end(),
                                      [](const Entry& entry) { return entry.changes.empty(); });
    if (at_base == entries.end()) {
      continue;
    }
    Sensitivities one{kernel, at_base->elapsed_ps, {}};
    for (const BaseSetting& setting : base) {
      if (setting.setting.axis == kCpusAxis) {
        continue;
      }
      if (const std::optional<Sensitivity> bar = bar_of(entries, setting.setting, one.base_ps)) {
        one.bars.push_back(*bar);
      }
    }
    std::stable_sort(one.bars.begin(), one.bars.end(),
                     [](const Sensitivity& a, const Sensitivity& b) { return a.span_ps() > b.span_ps(); });
    if (!one.bars.empty()) {
      result.push_back(std::move(one));
    }
  }
  return result;
}

bool is_one_at_a_time(const Experiment& experiment) {
  const std::vector<BaseSetting> base = base_settings(experiment);
  return base.size() > 1 &&
         std::all_of(experiment.points.begin(), experiment.points.end(),
                     [&](const Point& point) { return changes_from(base, point).size() < 2; });
}

}  // namespace p9mmu::model::report::page
