#include "model/sweep/plan_file.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "mmu/error.h"
#include "model/machine/shipped.h"
#include "model/sweep/plan_axis.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

const std::vector<std::string> kKeys = {"name", "question", "script", "machine", "kernels",
                                        "cpus", "seed",     "option", "set",     "limit"};

[[noreturn]] void fail(const SourceLine& where, const std::string& what) {
  throw UserError(where.file, where.line, what);
}

/// One reading of one file.
class PlanReader {
 public:
  PlanReader(std::string_view text, const std::string& file) : reader_(file) {
    plan_.file = file;
    plan_.text = text;
    plan_.name = std::filesystem::path(file).stem().string();
    plan_.machine = {std::string(kDefaultMachine), {file, 0}};
  }

  PlanFile read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      read_key(std::string(key.str()), node);
    }
    if (plan_.script.text.empty()) {
      fail({plan_.file, 1}, "the plan has no script; expected a line such as script = \"teardown.lua\"");
    }
    std::set<std::string> seen;
    for (const PlanAxis& axis : plan_.axes) {
      if (!seen.insert(axis.vary).second) {
        fail(axis.where, axis.vary + " varies along two axes; expected one");
      }
      check_axis(axis);
    }
    if (plan_.kernels.empty() && !seen.contains("kernel")) {
      plan_.kernels = kernel_names();
    }
    return std::move(plan_);
  }

 private:
  void read_key(const std::string& key, const toml::node& node) {
    if (key == "name") {
      plan_.name = reader_.text(node, key);
    } else if (key == "question") {
      plan_.question = reader_.text(node, key);
    } else if (key == "script") {
      plan_.script = {reader_.text(node, key), reader_.place(node)};
    } else if (key == "machine") {
      plan_.machine = {reader_.text(node, key), reader_.place(node)};
    } else if (key == "kernels") {
      read_kernels(node);
    } else if (key == "cpus" || key == "seed") {
      fix(key, node);
    } else if (key == "option") {
      for (const auto& [option, value] : reader_.table(node, key)) {
        fix(std::string(kOptionPrefix) + std::string(option.str()), value);
      }
    } else if (key == "set") {
      fix_parameters("", reader_.table(node, key));
    } else if (key == "limit") {
      read_limits(reader_.table(node, key));
    } else if (key == "axis") {
      plan_.axes = read_axes(node, reader_, vocabulary_);
    } else {
      std::vector<std::string> known = kKeys;
      known.emplace_back("axis");
      reader_.fail(node, "unknown key '" + key + "'" + mmu::did_you_mean(key, known) + "; expected " +
                             listed(kKeys) + " or tables [[axis]]");
    }
  }

  void fix(const std::string& name, const toml::node& node) {
    StatedValue value = {reader_.scalar(node, name), reader_.place(node)};
    PlanVocabulary::check_value(name, value.text, value.where);
    plan_.fixed[name] = std::move(value);
  }

  /// [set] fabric.tlbie.issue = "400 ns": the dots of keys make tables.
  void fix_parameters(const std::string& prefix, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      if (const toml::table* below = node.as_table()) {
        fix_parameters(name + ".", *below);
      } else {
        vocabulary_.check_parameter(name, reader_.place(node));
        fix(name, node);
      }
    }
  }

  void read_limits(const toml::table& limits) {
    for (const auto& [key, node] : limits) {
      const std::string word(key.str());
      if (word == "time") {
        plan_.limits.seconds = parse_time_limit(reader_.text(node, word), reader_.place(node));
      } else if (word == "memory") {
        plan_.limits.memory_bytes = parse_memory_limit(reader_.text(node, word), reader_.place(node));
      } else {
        reader_.fail(node, "unknown limit '" + word + "'" + mmu::did_you_mean(word, {"time", "memory"}) +
                               "; expected time or memory");
      }
    }
  }

  void read_kernels(const toml::node& node) {
    for (const toml::node& entry : reader_.list(node, "kernels", "[\"ipi\", \"ipi-free\"]")) {
      const std::string word = reader_.text(entry, "a kernel");
      PlanVocabulary::check_kernel(word, reader_.place(entry));
      if (has(plan_.kernels, word)) {
        reader_.fail(entry, word + " is named twice");
      }
      plan_.kernels.push_back(word);
    }
  }

  void check_axis(const PlanAxis& axis) const {
    const auto fixed = plan_.fixed.find(axis.vary);
    if (fixed != plan_.fixed.end()) {
      fail(axis.where, axis.vary + " varies here and is fixed at line " +
                           std::to_string(fixed->second.where.line) + "; expected one of them");
    }
    if (axis.vary == "kernel" && !plan_.kernels.empty()) {
      fail(axis.where, "both kernels and an axis kernel are given; expected one of them");
    }
    if (axis.vary == "machine" && plan_.machine.where.line > 0) {
      fail(axis.where, "both machine and an axis machine are given; expected one of them");
    }
  }

  TomlReader reader_;
  PlanVocabulary vocabulary_;
  PlanFile plan_;
};

}  // namespace

PlanFile parse_plan_file(std::string_view text, const std::string& file) {
  try {
    return PlanReader(text, file).read(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    throw UserError(file, static_cast<int>(error.source().begin.line),
                    "not TOML: " + std::string(error.description()));
  }
}

void fix(PlanFile& plan, const std::string& vary, const std::string& value, const std::string& place) {
  const SourceLine where = {place, 0};
  const PlanVocabulary vocabulary;
  if (!vary.starts_with(kOptionPrefix)) {
    vocabulary.check_parameter(vary, where);
  }
  for (const PlanAxis& axis : plan.axes) {
    if (axis.vary == vary) {
      fail(where, vary + " varies in the plan, at line " + std::to_string(axis.where.line) +
                      "; expected something that does not");
    }
  }
  plan.fixed[vary] = {value, where};
  plan.text += "# " + place + " " + vary + " = " + value + "\n";
}

}  // namespace p9mmu::model
