#include "model/sweep/plan_axis.h"

#include <set>

#include "mmu/error.h"
#include "model/sweep/value_range.h"

namespace p9mmu::model {
namespace {

using Words = std::vector<std::string>;

const Words kKeys = {"vary", "group", "in_turn", "values", "linear", "geometric"};

/// Instead of a list of values.
constexpr const char* kWholeRange = "range";

class AxisReader {
 public:
  AxisReader(const TomlReader& reader, const PlanVocabulary& vocabulary)
      : reader_(reader), vocabulary_(vocabulary) {}

  PlanAxis read(const toml::table& table) {
    PlanAxis axis;
    axis.where = reader_.place(table);
    for (const auto& [key, node] : table) {
      read_key(axis, std::string(key.str()), node);
    }
    if (axis.vary.empty()) {
      reader_.fail(table, "an axis does not say what varies; expected a line such as vary = \"cpus\"");
    }
    if (values_ == nullptr) {
      reader_.fail(table, "the axis " + axis.vary + " has no values; expected values, linear or geometric");
    }
    if (!axis.group.empty() && !axis.in_turn.empty()) {
      reader_.fail(table, "the axis " + axis.vary + " has both group and in_turn; expected one of them");
    }
    read_values(axis);
    check_values(axis);
    return axis;
  }

 private:
  void read_key(PlanAxis& axis, const std::string& key, const toml::node& node) {
    if (key == "vary") {
      axis.vary = reader_.text(node, key);
      vocabulary_.check_vary(axis.vary, reader_.place(node));
    } else if (key == "group") {
      axis.group = reader_.text(node, key);
    } else if (key == "in_turn") {
      axis.in_turn = reader_.text(node, key);
    } else if (!has(kKeys, key)) {
      reader_.fail(node, "an axis has an unknown key '" + key + "'" + mmu::did_you_mean(key, kKeys) +
                             "; expected " + listed(kKeys));
    } else if (values_ != nullptr) {
      const bool is_later = reader_.place(node).line > reader_.place(*values_).line;
      reader_.fail(is_later ? node : *values_,
                   "an axis has its values twice; expected one of values, linear and geometric");
    } else {
      values_ = &node;
      values_key_ = key;
    }
  }

  void read_values(PlanAxis& axis) const {
    if (values_key_ == "values" && values_->is_string() && reader_.text(*values_, "values") == kWholeRange) {
      check_has_range(axis.vary);
      axis.over_range = ValueRange();
    } else if (values_key_ == "values") {
      axis.values = list(axis.vary);
    } else {
      read_range(axis);
    }
  }

  void check_has_range(const std::string& vary) const {
    if (!vocabulary_.is_parameter(vary)) {
      reader_.fail(*values_, "only parameters have a range of their own; expected values, or from and to");
    }
  }

  std::vector<StatedValue> list(const std::string& vary) const {
    std::vector<StatedValue> result;
    for (const toml::node& value :
         reader_.list(*values_, "the values of " + vary, "[1, 2, 4], or \"range\"")) {
      result.push_back({reader_.scalar(value, vary), reader_.place(value)});
    }
    return result;
  }

  void read_range(PlanAxis& axis) const {
    const std::string& vary = axis.vary;
    const bool is_linear = values_key_ == "linear";
    const std::string step = is_linear ? "step" : "factor";
    const std::string what = "the range of " + vary;
    const Words known = {"from", "to", "points", step, "multiple_of"};
    ValueRange result;
    result.kind = is_linear ? ValueRange::Kind::linear : ValueRange::Kind::geometric;
    for (const auto& [key, value] : reader_.table(*values_, what)) {
      const std::string word(key.str());
      if (word == "points" && value.is_integer()) {
        result.points = value.as_integer()->get();
      } else if (word == "points" || !has(known, word)) {
        reader_.fail(value, what + " has a wrong '" + word + "'" + mmu::did_you_mean(word, known) +
                                "; expected from, to, and points (a whole number) or " + step +
                                ", and perhaps multiple_of");
      } else {
        std::string& place = word == "from" ? result.from
                             : word == "to" ? result.to
                             : word == step ? result.step
                                            : result.multiple_of;
        place = reader_.scalar(value, word);
      }
    }
    const SourceLine where = reader_.place(*values_);
    if (result.from.empty() != result.to.empty() || (result.points == 0) == result.step.empty()) {
      reader_.fail(*values_, what + " is not complete; expected from, to, and either points or " + step);
    }
    if (result.multiple_of.empty() && vocabulary_.is_whole(vary)) {
      result.multiple_of = "1";
    }
    if (result.from.empty()) {
      check_has_range(vary);
      axis.over_range = result;
      return;
    }
    for (std::string& value : values_of(result, where)) {
      axis.values.push_back({std::move(value), where});
    }
  }

  static void check_values(const PlanAxis& axis) {
    std::set<std::string> seen;
    for (const StatedValue& value : axis.values) {
      PlanVocabulary::check_value(axis.vary, value.text, value.where);
      // Beside the other axes of a group a value may well come back.
      if (!seen.insert(value.text).second && axis.group.empty()) {
        throw mmu::UserError(value.where.file, value.where.line,
                             "the axis " + axis.vary + " has the value " + value.text + " twice");
      }
    }
  }

  const TomlReader& reader_;
  const PlanVocabulary& vocabulary_;
  const toml::node* values_ = nullptr;  ///< the node that states them
  std::string values_key_;
};

}  // namespace

std::vector<PlanAxis> read_axes(const toml::node& node, const TomlReader& reader,
                                const PlanVocabulary& vocabulary) {
  const toml::array* axes = node.as_array();
  if (axes == nullptr) {
    reader.fail(node, "axis is not a list of tables; expected [[axis]], with two brackets on each side");
  }
  std::vector<PlanAxis> result;
  for (const toml::node& axis : *axes) {
    result.push_back(AxisReader(reader, vocabulary).read(reader.table(axis, "axis")));
  }
  return result;
}

}  // namespace p9mmu::model
