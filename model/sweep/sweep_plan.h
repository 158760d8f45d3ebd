// A plan that has met its machines and its script: the points that it stands for, each with the inputs that
// determine it and the hash by which its result is found again. Making the points costs microseconds each, so
// that a sweep of which all is done ends at once; a point's machine is resolved only when it is asked for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/machine/simulate.h"
#include "model/sweep/plan_file.h"
#include "model/sweep/plan_machines.h"
#include "model/sweep/point_inputs.h"
#include "workloads/script/options.h"

namespace p9mmu::model {

/// Where a point stands on one axis.
struct Setting {
  std::string axis;
  std::string value;
  /// In the base unit: picoseconds, hertz, bytes, a count; of a choice its index, of a list of CPUs how many.
  /// None for other texts.
  std::optional<double> number;
};

class SweepPlan {
 public:
  /// Axes that belong together, by their places in the file; of the plan's `kernels`, none.
  struct Dimension {
    std::string name;  ///< of the group, or of those in turn; "" for an axis by itself
    bool in_turn = false;
    std::size_t size = 0;
    std::vector<std::size_t> axes;
  };

  /// Reads the script and the machines that `file` names. Throws mmu::UserError, with the plan's line, for
  /// options, parameters and values that they do not know, and for a plan of too many points.
  SweepPlan(PlanFile file, std::string program_version);

  [[nodiscard]] const PlanFile& file() const { return file_; }
  [[nodiscard]] const std::string& program_version() const { return program_version_; }
  /// Changes with the plan's text and with any input of any point.
  [[nodiscard]] const std::string& hash() const { return hash_; }

  /// What multiplies, the slowest first.
  [[nodiscard]] const std::vector<Dimension>& dimensions() const { return dimensions_; }
  [[nodiscard]] std::size_t size() const { return hashes_.size(); }
  /// Of the point's inputs, everything resolved, and the program's version. Points with equal hashes are the
  /// same run.
  [[nodiscard]] const std::string& hash(std::size_t point) const { return hashes_[point]; }
  [[nodiscard]] PointInputs inputs(std::size_t point) const;
  /// In the order of the axes; the kernels of `kernels` are none, nor are axes whose turn it is not.
  [[nodiscard]] std::vector<Setting> settings(std::size_t point) const;
  /// The script's options with the values in force.
  [[nodiscard]] std::map<std::string, std::string> options_in_force(const PointInputs& inputs) const;
  [[nodiscard]] const std::string& script_hash() const { return script_hash_; }
  [[nodiscard]] const PlanMachines& machines() const { return machines_; }
  /// What to simulate. Throws mmu::UserError if the machine's inputs do not go together.
  [[nodiscard]] RunRequest request(std::size_t point) const;

  static constexpr std::size_t kMostPoints = 1'000'000;

 private:
  [[nodiscard]] std::string beside_the_plan(const std::string& path) const;
  void add_machine(const StatedValue& machine);
  void read_machines();
  void fill_ranges();
  void arrange();
  /// The dimension that the axis belongs to, made if it is the first.
  Dimension& dimension_of(const PlanAxis& axis);
  void check_parameters() const;
  /// That each CPU count fits the chips of some point; those that it does not fit will fail.
  void check_cpus() const;
  void read_script();
  /// Calls `check` with every value that the plan gives to what it fixes or varies.
  template <typename Check>
  void for_each_value(const Check& check) const;
  void put(PointInputs& inputs, const std::string& vary, const std::string& value) const;
  void check_option(const std::string& option, const StatedValue& value) const;
  [[nodiscard]] const workloads::OptionDeclared* find_option(const std::string& option) const;
  [[nodiscard]] std::optional<double> number(const Setting& setting, const PointInputs& inputs) const;
  /// For each axis the index of the point's value, if it is the axis's turn.
  struct Place {
    std::vector<std::optional<std::size_t>> values;
    std::size_t kernel = 0;
  };
  [[nodiscard]] Place place(std::size_t point) const;
  void put_place(Place& place, const Dimension& dimension, std::size_t index) const;
  [[nodiscard]] std::string hash_of(const PointInputs& inputs) const;

  PlanFile file_;
  std::string program_version_;
  std::map<std::string, std::string> machine_paths_;  ///< by what the plan says
  std::string script_path_;
  std::string script_text_;
  std::string script_hash_;
  std::vector<workloads::OptionDeclared> declared_;
  PlanMachines machines_;
  std::vector<Dimension> dimensions_;
  std::vector<std::string> hashes_;
  std::string hash_;
};

}  // namespace p9mmu::model
