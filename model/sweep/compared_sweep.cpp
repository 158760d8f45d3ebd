#include "model/sweep/compared_sweep.h"

#include <algorithm>
#include <map>

#include "mmu/error.h"
#include "model/report/json.h"
#include "model/sweep/results_database.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;
using report::Json;

struct Axis {
  std::string name;
  /// Points stand on it only when it is its turn; at the others' the value in force is not of interest.
  bool in_turn = false;
};

using Axes = std::vector<Axis>;
using AxesByPlan = std::map<std::string, Axes>;

void add_axis(Axes& axes, const Axis& axis) {
  const auto known =
      std::find_if(axes.begin(), axes.end(), [&](const Axis& other) { return other.name == axis.name; });
  if (known == axes.end()) {
    axes.push_back(axis);
  } else {
    known->in_turn = known->in_turn || axis.in_turn;
  }
}

AxesByPlan axes_in(const Sqlite& sqlite) {
  AxesByPlan axes;
  Statement rows = sqlite.prepare(
      "SELECT plan.name, axis, in_turn IS NOT NULL FROM plan LEFT JOIN plan_axis ON plan_axis.plan = "
      "plan.hash ORDER BY plan.name, plan.hash, number");
  while (rows.step()) {
    Axes& of_plan = axes[rows.text(0)];
    if (!rows.is_null(1)) {
      add_axis(of_plan, {rows.text(1), rows.integer(2) != 0});
    }
  }
  return axes;
}

const std::string* find(const std::vector<Input>& inputs, const std::string& name) {
  const auto input =
      std::find_if(inputs.begin(), inputs.end(), [&](const Input& one) { return one.name == name; });
  return input == inputs.end() ? nullptr : &input->value;
}

/// One database while it is read.
class Reader {
 public:
  Reader(const SourceName& source, const Sqlite& sqlite) : source_(source), sqlite_(sqlite) {}

  /// `plan_names`: what a plan is called if not as it calls itself.
  ComparedSweep read(const AxesByPlan& axes, const std::map<std::string, std::string>& plan_names) {
    read_machines();
    read_settings();
    read_documents();
    ComparedSweep sweep;
    sweep.label = source_.file + (source_.kernel.empty() ? "" : ":" + source_.kernel);
    sweep.any_kernel = !source_.kernel.empty();
    read_points(axes, plan_names, sweep);
    return sweep;
  }

 private:
  void read_machines() {
    Statement rows = sqlite_.prepare("SELECT hash, document FROM machine");
    while (rows.step()) {
      std::vector<Input> inputs;
      add_machine(Json::parse(rows.text(1)), inputs);
      machines_[rows.text(0)] = std::make_shared<const std::vector<Input>>(std::move(inputs));
    }
  }

  void read_settings() {
    Statement rows = sqlite_.prepare("SELECT point, axis, value FROM setting");
    while (rows.step()) {
      settings_[rows.text(0)].push_back({rows.text(1), rows.text(2)});
    }
  }

  void read_documents() {
    Statement rows = sqlite_.prepare("SELECT point, document FROM result ORDER BY point, phase, ordinal");
    while (rows.step()) {
      documents_[rows.text(0)].push_back(rows.text(1));
    }
  }

  void read_points(const AxesByPlan& axes, const std::map<std::string, std::string>& plan_names,
                   ComparedSweep& sweep) {
    Statement rows = sqlite_.prepare(
        "SELECT plan.name, point.hash, state, message, kernel, cpus, inputs, machine_hash FROM plan "
        "JOIN plan_point ON plan_point.plan = plan.hash JOIN point ON point.hash = plan_point.point "
        "ORDER BY plan.name, plan.hash, plan_point.number");
    std::vector<std::string> kernels;
    while (rows.step()) {
      kernels.push_back(rows.text(4));
      if (!source_.kernel.empty() && kernels.back() != source_.kernel) {
        continue;
      }
      ComparedPoint point;
      const auto name = plan_names.find(rows.text(0));
      point.plan = name == plan_names.end() ? rows.text(0) : name->second;
      point.state = rows.text(2);
      point.message = rows.is_null(3) ? "" : rows.text(3);
      const auto machine = machines_.find(rows.is_null(7) ? "" : rows.text(7));
      point.machine = machine == machines_.end() ? nullptr : machine->second;
      add_inputs(Json::parse(rows.text(6)), point);
      const std::string cpus = rows.is_null(5) ? "" : std::to_string(rows.integer(5));
      place(point, axes.at(point.plan), rows.text(1), cpus);
      point.documents = documents_[rows.text(1)];
      sweep.points.push_back(std::move(point));
    }
    if (sweep.points.empty() && !source_.kernel.empty() && !kernels.empty()) {
      throw UserError(
          source_.file, 0,
          "has no point under kernel '" + source_.kernel + "'" + mmu::did_you_mean(source_.kernel, kernels));
    }
  }

  static void add_inputs(const Json& inputs, ComparedPoint& point) {
    const auto text = [&](const char* name) { return inputs.at(name).get<std::string>(); };
    point.inputs = {{"version", text("program_version")},
                    {"script", text("script")},
                    {"script's text", text("script_hash")},
                    {"seed", std::to_string(inputs.at("seed").get<std::uint64_t>())},
                    {"kernel", text("kernel")}};
    for (const auto& [name, value] : inputs.at("options").items()) {
      point.inputs.push_back({"option " + name, value.get<std::string>()});
    }
  }

  void place(ComparedPoint& point, const Axes& axes, const std::string& hash, const std::string& cpus) {
    for (const Axis& axis : axes) {
      const std::string* value = find(settings_[hash], axis.name);
      if (!axis.in_turn) {
        const std::string* in_force = in_force_at(point, axis.name, cpus);
        value = in_force == nullptr ? value : in_force;
      }
      if (value != nullptr && axis.name != "kernel") {
        point.place.push_back({axis.name, *value});
      }
    }
    point.place.push_back({"kernel", *find(point.inputs, "kernel")});
  }

  /// Null if that is not known, as of a point whose machine could not be made.
  static const std::string* in_force_at(const ComparedPoint& point, const std::string& axis,
                                        const std::string& cpus) {
    constexpr std::string_view kOption = "option.";
    if (axis == "cpus") {
      return cpus.empty() ? nullptr : &cpus;
    }
    if (axis.starts_with(kOption)) {
      return find(point.inputs, "option " + axis.substr(kOption.size()));
    }
    if (const std::string* input = find(point.inputs, axis)) {
      return input;
    }
    return point.machine == nullptr ? nullptr : find(*point.machine, axis);
  }

  const SourceName& source_;
  const Sqlite& sqlite_;
  std::map<std::string, std::shared_ptr<const std::vector<Input>>> machines_;
  std::map<std::string, std::vector<Input>> settings_;
  std::map<std::string, std::vector<std::string>> documents_;
};

/// What went into the sweeps as a whole, as far as it differs between their plans.
void add_plans(const AxesByPlan& axes, ComparedSweep& sweep) {
  std::string names;
  for (const auto& [name, of_plan] : axes) {
    names += (names.empty() ? "" : ", ") + name;
    std::string text;
    for (const Axis& axis : of_plan) {
      text += (text.empty() ? "" : ", ") + axis.name;
    }
    sweep.inputs.push_back({axes.size() == 1 ? "axes" : "axes of " + name, text});
  }
  sweep.inputs.insert(sweep.inputs.begin(), {axes.size() == 1 ? "plan" : "plans", names});
  sweep.inputs.push_back({"points that have been run", std::to_string(sweep.points.size())});
}

std::pair<ComparedSweep, ComparedSweep> read_both(const SourceName& a, const SourceName& b) {
  const Sqlite sqlite_a = open_results(a.file);
  const Sqlite sqlite_b = open_results(b.file);
  const AxesByPlan axes_a = axes_in(sqlite_a);
  const AxesByPlan axes_b = axes_in(sqlite_b);
  std::map<std::string, std::string> names_in_b;
  if (axes_a.size() == 1 && axes_b.size() == 1) {
    names_in_b[axes_b.begin()->first] = axes_a.begin()->first;
  }
  AxesByPlan axes = axes_a;
  for (const auto& [name, of_plan] : axes_b) {
    for (const Axis& axis : of_plan) {
      add_axis(axes[names_in_b.contains(name) ? names_in_b[name] : name], axis);
    }
    axes.try_emplace(names_in_b.contains(name) ? names_in_b[name] : name);
  }
  std::pair<ComparedSweep, ComparedSweep> sweeps = {Reader(a, sqlite_a).read(axes, {}),
                                                    Reader(b, sqlite_b).read(axes, names_in_b)};
  if (sweeps.first.points.empty() && sweeps.second.points.empty()) {
    throw UserError(a.file, 0, "has no point that has been run, nor has " + b.file);
  }
  add_plans(axes_a, sweeps.first);
  add_plans(axes_b, sweeps.second);
  return sweeps;
}

}  // namespace

std::pair<ComparedSweep, ComparedSweep> read_sweeps(const SourceName& a, const SourceName& b) {
  try {
    return read_both(a, b);
  } catch (const SqliteError& error) {
    throw UserError(a.file, 0, "or " + b.file + " cannot be read: " + error.what());
  } catch (const Json::exception& error) {
    throw UserError(a.file, 0, "or " + b.file + " holds a document that is not whole: " + error.what());
  }
}

}  // namespace p9mmu::model
