#include "model/sweep/sweep_plan.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <variant>

#include "mmu/error.h"
#include "model/sweep/content_hash.h"
#include "model/sweep/plan_vocabulary.h"
#include "model/sweep/script_survey.h"
#include "workloads/script/lua_host.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

bool is_option(const std::string& vary) {
  return vary.starts_with(kOptionPrefix);
}

std::string option_name(const std::string& vary) {
  return vary.substr(kOptionPrefix.size());
}

bool is_parameter(const std::string& vary) {
  const std::vector<std::string>& inputs = plan_inputs();
  return !is_option(vary) && std::find(inputs.begin(), inputs.end(), vary) == inputs.end();
}

template <typename Number>
Number whole(const std::string& text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

struct ToNumber {
  std::optional<double> operator()(std::int64_t number) const { return static_cast<double>(number); }
  std::optional<double> operator()(double number) const { return number; }
  std::optional<double> operator()(bool flag) const { return flag ? 1.0 : 0.0; }
  std::optional<double> operator()(const std::string&) const { return std::nullopt; }
  std::optional<double> operator()(const std::vector<std::uint32_t>& cpus) const {
    return static_cast<double>(cpus.size());
  }
};

}  // namespace

SweepPlan::SweepPlan(PlanFile file, std::string program_version)
    : file_(std::move(file)), program_version_(std::move(program_version)) {
  read_machines();
  fill_ranges();
  arrange();
  check_parameters();
  check_cpus();
  read_script();
  std::string all = file_.text;
  for (std::size_t point = 0; point < hashes_.size(); ++point) {
    hashes_[point] = hash_of(inputs(point));
    all += hashes_[point];
  }
  hash_ = content_hash(all);
}

std::string SweepPlan::beside_the_plan(const std::string& path) const {
  const std::filesystem::path joined = std::filesystem::path(file_.file).parent_path() / path;
  const std::filesystem::path shorter = joined.lexically_normal();
  std::error_code ignored;  // behind a symbolic link ".." is not the folder before
  return std::filesystem::equivalent(joined, shorter, ignored) ? shorter.string() : joined.string();
}

void SweepPlan::add_machine(const StatedValue& machine) {
  const bool is_path = machine.text.find('/') != std::string::npos || machine.text.ends_with(".toml");
  const std::string path = is_path ? beside_the_plan(machine.text) : machine.text;
  machine_paths_[machine.text] = path;
  machines_.add(path, machine.where);
}

void SweepPlan::fill_ranges() {
  for (PlanAxis& axis : file_.axes) {
    if (!axis.over_range) {
      continue;
    }
    ValueRange range = *axis.over_range;
    std::vector<std::string> values = machines_.range(axis.vary);
    if (range.points != 0 || !range.step.empty()) {
      range.from = values.front();
      range.to = values.back();
      values = values_of(range, axis.where);
    }
    for (std::string& value : values) {
      axis.values.push_back({std::move(value), axis.where});
    }
  }
}

SweepPlan::Dimension& SweepPlan::dimension_of(const PlanAxis& axis) {
  const bool in_turn = !axis.in_turn.empty();
  const std::string& name = in_turn ? axis.in_turn : axis.group;
  for (Dimension& dimension : dimensions_) {
    if (!name.empty() && dimension.name == name && dimension.in_turn == in_turn) {
      return dimension;
    }
  }
  // Those in turn begin with the point at which none of them varies.
  dimensions_.push_back({name, in_turn, in_turn ? std::size_t{1} : axis.values.size(), {}});
  return dimensions_.back();
}

void SweepPlan::arrange() {
  for (std::size_t i = 0; i < file_.axes.size(); ++i) {
    const PlanAxis& axis = file_.axes[i];
    Dimension& dimension = dimension_of(axis);
    dimension.axes.push_back(i);
    if (dimension.in_turn) {
      dimension.size += axis.values.size();
    } else if (dimension.size != axis.values.size()) {
      throw UserError(axis.where.file, axis.where.line,
                      "axes of the group '" + axis.group + "' advance together, but " +
                          file_.axes[dimension.axes.front()].vary + " has " + std::to_string(dimension.size) +
                          " values and " + axis.vary + " has " + std::to_string(axis.values.size()));
    }
  }
  if (!file_.kernels.empty()) {
    dimensions_.push_back({"", false, file_.kernels.size(), {}});
  }
  std::size_t points = 1;
  for (const Dimension& dimension : dimensions_) {
    points *= dimension.size;
    if (points > kMostPoints) {
      throw UserError(file_.file, 1, "the plan has more than " + std::to_string(kMostPoints) + " points");
    }
  }
  hashes_.resize(points);
}

template <typename Check>
void SweepPlan::for_each_value(const Check& check) const {
  for (const auto& [vary, value] : file_.fixed) {
    check(vary, value);
  }
  for (const PlanAxis& axis : file_.axes) {
    for (const StatedValue& value : axis.values) {
      check(axis.vary, value);
    }
  }
}

void SweepPlan::read_machines() {
  bool varied = false;
  for (const PlanAxis& axis : file_.axes) {
    for (const StatedValue& value : axis.values) {
      if (axis.vary == "machine") {
        add_machine(value);
        varied = true;
      }
    }
  }
  if (!varied) {
    add_machine(file_.machine);
  }
}

void SweepPlan::check_parameters() const {
  for_each_value([this](const std::string& vary, const StatedValue& value) {
    if (is_parameter(vary)) {
      machines_.check(vary, value);
    }
  });
}

void SweepPlan::check_cpus() const {
  const bool is_varied = std::any_of(file_.axes.begin(), file_.axes.end(),
                                     [](const PlanAxis& axis) { return axis.vary == "cpus"; });
  if (!is_varied && !file_.fixed.contains("cpus")) {
    return;
  }
  std::map<std::string, std::string> problems;  // by count; "" once a point can have it
  for (std::size_t point = 0; point < hashes_.size(); ++point) {
    const PointInputs inputs = this->inputs(point);
    if (inputs.cpus) {
      const auto [known, is_new] = problems.try_emplace(std::to_string(*inputs.cpus));
      known->second = is_new || !known->second.empty() ? machines_.cpus_problem(inputs) : "";
    }
  }
  for_each_value([&problems](const std::string& vary, const StatedValue& value) {
    const auto known = vary == "cpus" ? problems.find(value.text) : problems.end();
    if (known != problems.end() && !known->second.empty()) {
      throw UserError(value.where.file, value.where.line, known->second);
    }
  });
}

void SweepPlan::read_script() {
  script_path_ = beside_the_plan(file_.script.text);
  try {
    script_text_ = workloads::read_script(script_path_);
  } catch (const UserError& error) {
    throw UserError(file_.script.where.file, file_.script.where.line, error.what());
  }
  script_hash_ = content_hash(script_text_);
  PointInputs first = inputs(0);
  Machine machine;
  try {
    machine = machines_.resolve(first);
  } catch (const UserError&) {  // the first point will fail, which is no reason not to look at its script
    first.sets.clear();
    first.cpus.reset();
    machine = machines_.resolve(first);
  }
  const interconnect::TopologyParameters& topology = machine.parameters.interconnect.topology;
  declared_ = declared_options(
      script_path_, script_text_,
      {topology.cpus(), topology.threads_per_core, topology.cores_per_chip, first.kernel, first.seed},
      first.options);
  for_each_value([this](const std::string& vary, const StatedValue& value) {
    if (is_option(vary)) {
      check_option(option_name(vary), value);
    }
  });
}

void SweepPlan::check_option(const std::string& option, const StatedValue& value) const {
  const workloads::OptionDeclared* declared = find_option(option);
  if (declared == nullptr) {
    std::vector<std::string> names;
    for (const workloads::OptionDeclared& other : declared_) {
      names.push_back(other.name);
    }
    throw UserError(value.where.file, value.where.line,
                    script_path_ + " has no option '" + option + "'" + mmu::did_you_mean(option, names));
  }
  if (declared->type == workloads::OptionType::cpus) {
    return;  // it depends on the machine which CPUs there are
  }
  try {
    (void)workloads::parse_option(*declared, value.text, 0);
  } catch (const UserError& error) {
    throw UserError(value.where.file, value.where.line, error.what());
  }
}

const workloads::OptionDeclared* SweepPlan::find_option(const std::string& option) const {
  const auto found =
      std::find_if(declared_.begin(), declared_.end(),
                   [&](const workloads::OptionDeclared& declared) { return declared.name == option; });
  return found == declared_.end() ? nullptr : &*found;
}

SweepPlan::Place SweepPlan::place(std::size_t point) const {
  Place result;
  result.values.resize(file_.axes.size());
  for (auto dimension = dimensions_.rbegin(); dimension != dimensions_.rend(); ++dimension) {
    put_place(result, *dimension, point % dimension->size);
    point /= dimension->size;
  }
  return result;
}

void SweepPlan::put_place(Place& place, const Dimension& dimension, std::size_t index) const {
  if (dimension.axes.empty()) {
    place.kernel = index;
  }
  std::size_t first = 1;  // index of the first value of the next axis in turn
  for (const std::size_t axis : dimension.axes) {
    if (!dimension.in_turn) {
      place.values[axis] = index;
      continue;
    }
    const std::size_t size = file_.axes[axis].values.size();
    if (index >= first && index < first + size) {
      place.values[axis] = index - first;
    }
    first += size;
  }
}

void SweepPlan::put(PointInputs& inputs, const std::string& vary, const std::string& value) const {
  if (vary == "cpus") {
    inputs.cpus = whole<std::uint32_t>(value);
  } else if (vary == "seed") {
    inputs.seed = whole<std::uint64_t>(value);
  } else if (vary == "kernel") {
    inputs.kernel = value;
  } else if (vary == "machine") {
    inputs.machine = machine_paths_.at(value);
  } else if (is_option(vary)) {
    inputs.options[option_name(vary)] = value;
  } else {
    inputs.sets[vary] = machines_.tidy(vary, value);
  }
}

PointInputs SweepPlan::inputs(std::size_t point) const {
  PointInputs result;
  result.script = script_path_;
  if (machine_paths_.contains(file_.machine.text)) {
    result.machine = machine_paths_.at(file_.machine.text);
  }
  for (const auto& [vary, value] : file_.fixed) {
    put(result, vary, value.text);
  }
  const Place at = place(point);
  if (!file_.kernels.empty()) {
    result.kernel = file_.kernels[at.kernel];
  }
  for (std::size_t axis = 0; axis < file_.axes.size(); ++axis) {
    if (at.values[axis]) {
      put(result, file_.axes[axis].vary, file_.axes[axis].values[*at.values[axis]].text);
    }
  }
  return result;
}

std::vector<Setting> SweepPlan::settings(std::size_t point) const {
  const PointInputs inputs = this->inputs(point);
  const Place at = place(point);
  std::vector<Setting> result;
  for (std::size_t axis = 0; axis < file_.axes.size(); ++axis) {
    if (!at.values[axis]) {
      continue;
    }
    const std::string& vary = file_.axes[axis].vary;
    const std::string& text = file_.axes[axis].values[*at.values[axis]].text;
    Setting setting = {vary, is_parameter(vary) ? machines_.tidy(vary, text) : text, std::nullopt};
    setting.number = number(setting, inputs);
    result.push_back(std::move(setting));
  }
  return result;
}

std::optional<double> SweepPlan::number(const Setting& setting, const PointInputs& inputs) const {
  if (setting.axis == "cpus" || setting.axis == "seed") {
    return whole<double>(setting.value);
  }
  if (is_parameter(setting.axis)) {
    return machines_.number(setting.axis, setting.value, inputs);
  }
  if (!is_option(setting.axis)) {
    return std::nullopt;
  }
  const workloads::OptionDeclared* option = find_option(option_name(setting.axis));
  if (option->type == workloads::OptionType::choice) {
    const auto found = std::find(option->choices.begin(), option->choices.end(), setting.value);
    return static_cast<double>(found - option->choices.begin());
  }
  try {
    // "all" of the CPUs would need the machine; of others it matters only that they are below this.
    constexpr std::uint32_t kEnough = 1 << 20;
    if (option->type == workloads::OptionType::cpus && setting.value == "all") {
      return std::nullopt;
    }
    return std::visit(ToNumber(), workloads::parse_option(*option, setting.value, kEnough));
  } catch (const UserError&) {
    return std::nullopt;
  }
}

std::map<std::string, std::string> SweepPlan::options_in_force(const PointInputs& inputs) const {
  std::map<std::string, std::string> result = inputs.options;
  for (const workloads::OptionDeclared& option : declared_) {
    result.emplace(option.name, option.default_value);
  }
  return result;
}

RunRequest SweepPlan::request(std::size_t point) const {
  const PointInputs inputs = this->inputs(point);
  return {machines_.resolve(inputs),
          inputs.script,
          inputs.options,
          inputs.kernel,
          inputs.seed,
          false,
          script_text_};
}

std::string SweepPlan::hash_of(const PointInputs& inputs) const {
  std::string text = program_version_;
  const auto add = [&text](const std::string& word) { text += '\0' + word; };
  add(script_hash_);
  add(machines_.hash(inputs));
  add(inputs.kernel);
  add(std::to_string(inputs.seed));
  for (const auto& [name, value] : options_in_force(inputs)) {
    add(name + '=' + value);
  }
  return content_hash(text);
}

}  // namespace p9mmu::model
