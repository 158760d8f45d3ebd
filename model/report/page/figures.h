// The figures of a measured phase as a page shows them: in milliseconds, for each PMD, as text. The words
// that a table has for a point are here as well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/report/page/blocks.h"
#include "model/report/page/experiment.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {

inline constexpr const char* kNothing = "-";

[[nodiscard]] double in_ms(std::int64_t ps);
/// With four significant digits.
[[nodiscard]] std::string ms_text(std::int64_t ps);

/// Nothing if no PMD was cleared.
[[nodiscard]] std::optional<double> cycles_per_pmd(const Measured& measured);
/// The published time as cycles for each PMD at the clock of the simulated machine.
[[nodiscard]] std::optional<double> published_cycles_per_pmd(const Measured& measured);
[[nodiscard]] std::optional<double> published_ratio(const Measured& measured);

/// What tells points apart. By name, as short as what differs allows: "64 CPUs, guest = 64GiB, ipi"; of one
/// setting at a time only that one, "cpu.hwsync = 60 cycles, ipi"; if more than two differ, "point 5, ipi".
class PointNames {
 public:
  /// Refers to the experiment.
  explicit PointNames(const Experiment& experiment);

  [[nodiscard]] std::string operator()(const Point& point) const;
  /// Without the kernel; "" if nothing else differs.
  [[nodiscard]] std::string place(const Point& point) const;
  /// The columns of a table for each axis, or of one setting at a time for that one; the kernel is the last.
  [[nodiscard]] std::vector<Column> columns() const;
  /// A point's cells in them.
  [[nodiscard]] std::vector<std::string> cells(const Point& point) const;

 private:
  const Experiment& experiment_;
  std::vector<std::string> axes_;
  std::vector<BaseSetting> base_;
  bool is_one_at_a_time_;
};

/// Takes out columns that hold nothing.
void drop_empty_columns(Table& table);

}  // namespace p9mmu::model::report::page
