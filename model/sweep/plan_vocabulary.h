// The words that a plan may use: what can vary, and the kernels. Not the options of its script, which only
// the script knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/machine/machine_file.h"

namespace p9mmu::model {

/// What an axis varies besides parameters and the script's options.
[[nodiscard]] const std::vector<std::string>& plan_inputs();

/// Before the name of a script's option: "option.guest".
inline constexpr std::string_view kOptionPrefix = "option.";

[[nodiscard]] std::vector<std::string> kernel_names();

class PlanVocabulary {
 public:
  PlanVocabulary();

  /// Throws mmu::UserError at `where` unless a machine has that parameter.
  void check_parameter(const std::string& name, const SourceLine& where) const;
  /// Throws mmu::UserError at `where` unless an axis can vary it.
  void check_vary(const std::string& vary, const SourceLine& where) const;
  static void check_kernel(const std::string& name, const SourceLine& where);
  /// Throws mmu::UserError at `where` unless `text` can be a value of `vary`, as far as that is known here.
  static void check_value(const std::string& vary, const std::string& text, const SourceLine& where);
  [[nodiscard]] bool is_parameter(const std::string& name) const;
  /// True if its values are whole numbers.
  [[nodiscard]] bool is_whole(const std::string& vary) const;

 private:
  std::vector<std::string> parameters_;
  std::vector<std::string> counts_;  ///< parameters that are whole numbers
};

}  // namespace p9mmu::model
