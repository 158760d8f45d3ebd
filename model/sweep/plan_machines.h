// The machines of a plan: each read once, told apart by hashes of everything that is set on them, and
// resolved when a point runs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/machine/parameter_list.h"
#include "model/machine/quantity.h"
#include "model/machine/resolve.h"
#include "model/sweep/plan_file.h"
#include "model/sweep/point_inputs.h"

namespace p9mmu::model {

class PlanMachines {
 public:
  PlanMachines();

  /// Reads the machine of that name or path; throws mmu::UserError at `where` if there is none.
  void add(const std::string& machine, const SourceLine& where);

  /// Throws mmu::UserError with the value's line unless every machine can have that value.
  void check(const std::string& parameter, const StatedValue& value) const;

  /// The least and the greatest value of a parameter, or all words of a choice. Of the first machine that was
  /// added.
  [[nodiscard]] std::vector<std::string> range(const std::string& parameter) const;

  /// A parameter's value as results show it: "400ns" is "400 ns".
  [[nodiscard]] std::string tidy(const std::string& parameter, const std::string& value) const;

  /// Why the point's machine cannot have so many CPUs; "" if it can.
  [[nodiscard]] std::string cpus_problem(const PointInputs& inputs) const;

  /// Of the machine with everything set: equal for equal machines. Takes microseconds.
  [[nodiscard]] std::string hash(const PointInputs& inputs) const;
  /// Throws mmu::UserError if the inputs do not go together, "--cpus" and "--set" being named as places.
  [[nodiscard]] Machine resolve(const PointInputs& inputs) const;
  /// A parameter's value as a number in the unit of results; cycles are those of the point's clock.
  [[nodiscard]] double number(const std::string& parameter, const std::string& value,
                              const PointInputs& inputs) const;

 private:
  /// A machine before anything is set.
  struct Base {
    MachineSource source;
    std::string hash;
    std::map<std::string, std::string> values;
    std::map<std::string, std::string> ranges;  ///< as in ResolvedParameter
  };

  [[nodiscard]] const Base& base(const PointInputs& inputs) const;
  [[nodiscard]] Quantity quantity(const std::string& parameter, const std::string& value) const;
  /// How many CPUs a chip has.
  [[nodiscard]] std::uint32_t per_chip(const PointInputs& inputs, const Base& base) const;
  [[nodiscard]] static std::string value_of(const std::string& parameter, const PointInputs& inputs,
                                            const Base& base);

  std::map<std::string, ParameterSlot> slots_;  ///< by name; they store nothing
  std::map<std::string, Base> bases_;           ///< by name or path
  std::string first_;                           ///< the one that was added first
};

}  // namespace p9mmu::model
