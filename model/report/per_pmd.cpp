#include "model/report/per_pmd.h"

#include <algorithm>
#include <string>

#include "model/report/published.h"

namespace p9mmu::model::report {
namespace {

bool passes_through(const std::string& path, const std::string& routine) {
  return (";" + path + ";").find(";" + routine + ";") != std::string::npos;
}

}  // namespace

std::optional<double> pmds_cleared_alone(const PhaseResult& result) {
  const std::int64_t pmds = counter(result, "pmds_cleared").value_or(0);
  const bool others_cleared = std::any_of(
      result.accounts.begin(), result.accounts.end(),
      [](const AccountRow& row) { return row.cpus == "others" && passes_through(row.path, "zap_huge_pmd"); });
  return pmds > 0 && !others_cleared ? std::optional(static_cast<double>(pmds)) : std::nullopt;
}

}  // namespace p9mmu::model::report
