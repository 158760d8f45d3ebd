// What one measured phase under one kernel gave: plain data, the source of every report. It holds no
// formatting (text.h, json.h) and no judgement about published figures, which needs the machine as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace p9mmu::model::report {

/// A number of events. Its name becomes a field of the JSON result.
struct Counter {
  std::string name;      ///< "ipis_sent"
  std::string unit;      ///< what is counted: "IPIs"
  std::string sentence;  ///< what counts as one
  std::int64_t value = 0;

  bool operator==(const Counter&) const = default;
};

/// So many rounds of interrupts that took at least `from_ps` and less than `below_ps`.
struct RoundTimes {
  std::int64_t from_ps = 0;
  std::int64_t below_ps = 0;
  std::int64_t rounds = 0;

  bool operator==(const RoundTimes&) const = default;
};

/// Time spent by one CPU, or by all the others together, in one routine for one cause.
struct AccountRow {
  std::string cpus;   ///< "0": that CPU alone; "others": the sum over the rest
  std::string path;   ///< routine names joined by ';', outermost first; "" outside any routine
  std::string cause;  ///< compute, memory, lock, barrier, ...
  std::int64_t ps = 0;

  bool operator==(const AccountRow&) const = default;
};

/// A rule that a run under the auditor has seen broken (workloads/linux/auditor.h).
struct Finding {
  std::string rule;  ///< in a few words
  std::string text;  ///< one sentence
  std::uint32_t cpu = 0;
  std::string path;  ///< routine names joined by ';', outermost first
  std::uint32_t cause_cpu = 0;
  std::string cause_path;  ///< of who made it wrong; empty if nobody is to be named

  bool operator==(const Finding&) const = default;
};

/// What the auditor says of the run under one kernel.
struct Audited {
  std::string kernel;
  std::vector<Finding> findings;  ///< in the order in which they were seen

  bool operator==(const Audited&) const = default;
};

/// An option of the workload with the value in force.
struct OptionValue {
  std::string name;
  std::string value;

  bool operator==(const OptionValue&) const = default;
};

/// A measured phase of a workload. The rows of the measured CPU add up to `elapsed_ps`, those of the others
/// to (cpus - 1) times as much.
struct PhaseResult {
  std::string kernel;
  std::string phase;
  std::uint32_t cpus = 0;
  std::uint32_t measured_cpu = 0;
  std::int64_t elapsed_ps = 0;
  std::vector<Counter> counters;
  std::vector<RoundTimes> ipi_round_times;  ///< the shortest first, none empty
  std::vector<AccountRow> accounts;
  std::int64_t victim_ps = 0;  ///< taken from CPUs other than the measured one, summed
  std::vector<std::string> assumptions;
  std::optional<double> published_ms;
  std::string published_source;
  std::vector<OptionValue> options;
  double host_seconds = 0;           ///< processor time of the process that simulated it
  std::int64_t host_peak_bytes = 0;  ///< its largest resident set

  bool operator==(const PhaseResult&) const = default;
};

}  // namespace p9mmu::model::report
