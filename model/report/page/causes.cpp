#include "model/report/page/causes.h"

#include <algorithm>
#include <cctype>

#include "cpus/accounts.h"

namespace p9mmu::model::report::page {
namespace {

std::size_t place_of(const std::string& cause) {
  return static_cast<std::size_t>(std::find(cpus::kCauseNames.begin(), cpus::kCauseNames.end(), cause) -
                                  cpus::kCauseNames.begin());
}

}  // namespace

std::vector<CauseTime> causes_of(const PhaseResult& result) {
  const std::string measured = std::to_string(result.measured_cpu);
  std::vector<CauseTime> times;
  for (const AccountRow& row : result.accounts) {
    if (row.cpus != measured || row.ps == 0) {
      continue;
    }
    auto known = std::find_if(times.begin(), times.end(),
                              [&](const CauseTime& time) { return time.cause == row.cause; });
    if (known == times.end()) {
      known = times.insert(times.end(), CauseTime{row.cause, 0});
    }
    known->ps += row.ps;
  }
  std::stable_sort(times.begin(), times.end(), [](const CauseTime& a, const CauseTime& b) {
    return place_of(a.cause) < place_of(b.cause);
  });
  return times;
}

std::string cause_class(const std::string& cause) {
  std::string text = cause;
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : '-';
  });
  return text;
}

std::vector<std::string> causes_in(const std::vector<const PhaseResult*>& results) {
  std::vector<std::string> causes;
  for (const PhaseResult* result : results) {
    for (const CauseTime& time : causes_of(*result)) {
      if (std::find(causes.begin(), causes.end(), time.cause) == causes.end()) {
        causes.push_back(time.cause);
      }
    }
  }
  std::stable_sort(causes.begin(), causes.end(),
                   [](const std::string& a, const std::string& b) { return place_of(a) < place_of(b); });
  return causes;
}

}  // namespace p9mmu::model::report::page
