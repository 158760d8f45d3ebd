#include "model/sweep/plan_vocabulary.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "mmu/error.h"
#include "model/machine/parameter_list.h"
#include "workloads/linux/policy.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_whole(const std::string& vary, const std::string& text, const SourceLine& where) {
  const std::int64_t most = vary == "cpus" ? std::int64_t{UINT32_MAX} : INT64_MAX;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most) {
    throw UserError(where.file, where.line,
                    vary + " is '" + text + "'; expected a whole number from 0 to " + std::to_string(most));
  }
}

}  // namespace

const std::vector<std::string>& plan_inputs() {
  static const std::vector<std::string> inputs = {"cpus", "seed", "kernel", "machine"};
  return inputs;
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const workloads::KernelPolicy& policy : workloads::kKernels) {
    names.emplace_back(policy.name);
  }
  return names;
}

PlanVocabulary::PlanVocabulary() {
  MachineParameters parameters;
  for (const ParameterSlot& slot : list_parameters(parameters)) {
    parameters_.push_back(slot.name);
    if (slot.kind == ParameterKind::count) {
      counts_.push_back(slot.name);
    }
  }
}

void PlanVocabulary::check_parameter(const std::string& name, const SourceLine& where) const {
  if (!contains(parameters_, name)) {
    throw UserError(where.file, where.line,
                    "unknown parameter '" + name + "'" + mmu::did_you_mean(name, parameters_));
  }
}

void PlanVocabulary::check_vary(const std::string& vary, const SourceLine& where) const {
  const bool is_option = vary.starts_with(kOptionPrefix) && vary.size() > kOptionPrefix.size();
  if (is_option || contains(plan_inputs(), vary) || contains(parameters_, vary)) {
    return;
  }
  std::vector<std::string> known = plan_inputs();
  known.insert(known.end(), parameters_.begin(), parameters_.end());
  throw UserError(where.file, where.line,
                  "an axis cannot vary '" + vary + "'" + mmu::did_you_mean(vary, known) +
                      "; expected cpus, seed, kernel, machine, option.NAME or a parameter (p9mmu params)");
}

void PlanVocabulary::check_kernel(const std::string& name, const SourceLine& where) {
  if (contains(kernel_names(), name)) {
    return;
  }
  std::string list;
  for (const std::string& kernel : kernel_names()) {
    list += (list.empty() ? "" : ", ") + kernel;
  }
  throw UserError(where.file, where.line,
                  "unknown kernel '" + name + "'" + mmu::did_you_mean(name, kernel_names()) +
                      "; expected one of " + list);
}

void PlanVocabulary::check_value(const std::string& vary, const std::string& text, const SourceLine& where) {
  if (vary == "kernel") {
    check_kernel(text, where);
  } else if (vary == "cpus" || vary == "seed") {
    check_whole(vary, text, where);
  }
}

bool PlanVocabulary::is_parameter(const std::string& name) const {
  return contains(parameters_, name);
}

bool PlanVocabulary::is_whole(const std::string& vary) const {
  return vary == "cpus" || vary == "seed" || contains(counts_, vary);
}

}  // namespace p9mmu::model
