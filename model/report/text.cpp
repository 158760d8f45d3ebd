#include "model/report/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "cpus/accounts.h"
#include "model/report/numbers.h"
#include "model/report/per_pmd.h"
#include "model/report/profile.h"
#include "model/report/published.h"
#include "model/report/table.h"

namespace p9mmu::model::report {
namespace {

constexpr const char* kNothing = "-";

double ms(std::int64_t ps) {
  return static_cast<double>(ps) / 1e9;
}

double cycles(std::int64_t ps, const Machine& machine) {
  return machine.parameters.cpus.core_clock.in_cycles(interconnect::Time(ps));
}

std::string count(const PhaseResult& result, const std::string& name) {
  const std::optional<std::int64_t> value = counter(result, name);
  return value ? grouped(*value) : kNothing;
}

std::string barriers(const PhaseResult& result) {
  std::int64_t sum = 0;
  bool counted = false;
  for (const char* name : {"hwsync_count", "ptesync_count", "tlbsync_count"}) {
    const std::optional<std::int64_t> value = counter(result, name);
    counted = counted || value;
    sum += value.value_or(0);
  }
  return counted ? grouped(sum) : kNothing;
}

std::vector<std::string> row(const PhaseResult& result, const Machine& machine) {
  const std::optional<double> pmds = pmds_cleared_alone(result);
  const std::optional<double> ratio = published_ratio(result);
  const std::optional<PublishedIs> is = published_is(result, machine.resolved);
  return {result.kernel,
          significant(ms(result.elapsed_ps), 4),
          pmds ? significant(static_cast<double>(result.elapsed_ps) / 1e3 / *pmds, 4) : kNothing,
          pmds ? significant(cycles(result.elapsed_ps, machine) / *pmds, 4) : kNothing,
          count(result, "ipis_sent"),
          count(result, "tlbie_count"),
          barriers(result),
          significant(cycles(result.victim_ps, machine) / 1e6, 4),
          result.published_ms ? significant(*result.published_ms, 2) : kNothing,
          ratio ? fixed(*ratio, 3) : kNothing,
          is      ? name(*is)
          : ratio ? "changed"
                  : ""};
}

std::vector<std::string> phases(const RunDocument& document) {
  std::vector<std::string> result;
  for (const PhaseResult& phase : document.results) {
    if (std::find(result.begin(), result.end(), phase.phase) == result.end()) {
      result.push_back(phase.phase);
    }
  }
  return result;
}

std::string table(const RunDocument& document, const std::string& phase) {
  const std::vector<Column> columns = {{"", "kernel", true},  {phase, "ms"},          {"per PMD", "ns"},
                                       {"per PMD", "cycles"}, {"", "IPIs"},           {"", "tlbies"},
                                       {"", "barriers"},      {"victims", "Mcycles"}, {"published", "ms"},
                                       {"", "ratio"},         {"", "", true}};
  std::vector<std::vector<std::string>> rows;
  for (const PhaseResult& result : document.results) {
    if (result.phase == phase) {
      rows.push_back(row(result, document.machine));
    }
  }
  return render_table(columns, rows) + "\n";
}

std::string heading(const RunDocument& document) {
  const interconnect::TopologyParameters& topology = document.machine.parameters.interconnect.topology;
  return paragraph("", document.script + " on " + document.machine.name + ": " + grouped(topology.cpus()) +
                           " CPUs (" + grouped(topology.chips) + " x " + grouped(topology.cores_per_chip) +
                           " cores x SMT" + grouped(topology.threads_per_core) + ") at " +
                           significant(document.machine.parameters.cpus.core_clock.hertz() / 1e9, 2) +
                           " GHz, seed " + std::to_string(document.seed)) +
         "\n";
}

/// What is true of all kernels once; what is true of some with their names.
std::string assumptions(const RunDocument& document) {
  std::vector<std::string> texts;
  for (const PhaseResult& result : document.results) {
    for (const std::string& text : result.assumptions) {
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
        texts.push_back(text);
      }
    }
  }
  std::string lines;
  for (const std::string& text : texts) {
    std::string kernels;
    bool all = true;
    for (const PhaseResult& result : document.results) {
      const bool here =
          std::find(result.assumptions.begin(), result.assumptions.end(), text) != result.assumptions.end();
      all = all && here;
      if (here) {
        kernels += kernels.empty() ? "" : ", ";
        kernels += result.kernel;
      }
    }
    kernels += ": ";
    lines += paragraph("  - ", all ? text : kernels.append(text));
  }
  return lines.empty() ? "" : "Assumed:\n" + lines + "\n";
}

std::string fitted_and_changed(const Machine& machine) {
  std::string lines;
  for (const ResolvedParameter& parameter : machine.resolved) {
    if (parameter.provenance == "set") {
      lines += paragraph(
          "  - ", parameter.name + " changed from " + parameter.replaced + " to " + parameter.value_text);
    } else if (is_changed(parameter)) {
      lines += paragraph("  - ", parameter.name + " = " + parameter.value_text + ", " + parameter.provenance +
                                     ", instead of " + parameter.replaced +
                                     " on the machine that this one inherits from: " + parameter.source);
    } else if (!parameter.calibrated_on.empty()) {
      lines += paragraph("  - ", parameter.name + " = " + parameter.value_text + ", calibrated on " +
                                     parameter.calibrated_on + " (range " + parameter.range +
                                     "): " + parameter.source);
    }
  }
  return lines.empty() ? "" : "Parameters changed or calibrated (all others: p9mmu params):\n" + lines + "\n";
}

/// "stop1 (36.3%), stop2 (63.7%)": the states that idle CPUs were woken from.
std::string wakes(const PhaseResult& result) {
  constexpr std::string_view kPrefix = "wakes_from_";
  std::int64_t all = 0;
  for (const Counter& counted : result.counters) {
    all += counted.name.starts_with(kPrefix) ? counted.value : 0;
  }
  std::string text;
  for (const Counter& counted : result.counters) {
    if (counted.name.starts_with(kPrefix) && counted.value > 0) {
      const double share = 100 * static_cast<double>(counted.value) / static_cast<double>(all);
      text += (text.empty() ? "" : ", ") + counted.name.substr(kPrefix.size()) + " (" +
              significant(share, 3) + "%)";
    }
  }
  return text;
}

/// Who was interrupted, and how deep they slept: what the time of an IPI round hangs on.
std::string rounds(const RunDocument& document) {
  std::string lines;
  for (const PhaseResult& result : document.results) {
    const std::int64_t count = counter(result, "ipi_rounds").value_or(0);
    if (count == 0) {
      continue;
    }
    const std::int64_t sent = counter(result, "ipis_sent").value_or(0);
    std::string text =
        result.kernel + (phases(document).size() > 1 ? ", phase " + result.phase : "") + ": " +
        grouped(count) + " rounds of " + (sent % count == 0 ? "" : "on average ") +
        (sent % count == 0 ? grouped(sent / count)
                           : significant(static_cast<double>(sent) / static_cast<double>(count), 4)) +
        " targets";
    const std::string woken = wakes(result);
    text += woken.empty() ? "; nobody was woken" : "; idle targets were woken from " + woken;
    lines += paragraph("  - ", text);
  }
  return lines.empty() ? "" : "IPI rounds:\n" + lines + "\n";
}

std::string profile(const PhaseResult& result, const Machine& machine) {
  const std::string cpu = std::to_string(result.measured_cpu);
  std::string text = result.phase + " under " + result.kernel + ", CPU " + cpu + ": " +
                     significant(ms(result.elapsed_ps), 4) + " ms\n\n" +
                     draw_profile(result.accounts, cpu, ProfileStyle{}) + "\n";
  const std::int64_t others = account_total(result.accounts, "others");
  if (others > 0) {
    const double share = 100.0 * static_cast<double>(result.victim_ps) / static_cast<double>(others);
    text += paragraph("  ", "the other " + grouped(std::int64_t{result.cpus} - 1) + " CPUs: " +
                                significant(ms(others), 4) + " ms together, of which " + fixed(share, 2) +
                                "% (" + significant(cycles(result.victim_ps, machine) / 1e6, 4) +
                                " Mcycles) were taken from them") +
            "\n" + draw_profile(result.accounts, "others", ProfileStyle{0.5, 2}) + "\n";
  }
  return text;
}

std::string published_sources(const RunDocument& document) {
  std::vector<std::string> sources;
  for (const PhaseResult& result : document.results) {
    if (!result.published_source.empty() &&
        std::find(sources.begin(), sources.end(), result.published_source) == sources.end()) {
      sources.push_back(result.published_source);
    }
  }
  std::string text;
  for (const std::string& source : sources) {
    text += paragraph("Published: ", source);
  }
  return text.empty() ? "" : text + "\n";
}

/// A clause for each cause, in the order in which accounts declare them.
constexpr std::array<std::pair<const char*, const char*>, cpus::kCauses> kCauseClauses = {{
    {"compute", "instructions that wait for nothing"},
    {"memory",
     "loads, stores and atomics, nearly all of it lines that come over from the core that holds them"},
    {"lock", "waiting for a lock and taking it"},
    {"barrier", "hwsync, ptesync and their kin, with what they wait for: broadcasts of tlbie and tlbsync"},
    {"tlbie",
     "from the issue of a tlbie until the issuer's own core has served it, and the whole of a tlbiel"},
    {"IPI send", "handing interrupts to the hardware, one for each target"},
    {"IPI wait", "waiting for targets that have not finished, once all interrupts are sent"},
    {"idle wake", "leaving a sleep state, when an interrupt came"},
    {"interrupt", "entering an interrupt's handler and leaving it"},
    {"guest exit", "leaving a guest for an interrupt, and entering it again"},
    {"translation", "walks of page tables and misses of the caches before them"},
    {"idle", "nothing to do, asleep or about to be"},
}};

/// What the causes mean on which any CPU spent time.
std::string causes(const RunDocument& document) {
  std::string lines;
  for (const auto& [name, clause] : kCauseClauses) {
    const std::string cause = name;
    const auto has_it = [&cause](const PhaseResult& result) {
      return std::any_of(result.accounts.begin(), result.accounts.end(),
                         [&cause](const AccountRow& row) { return row.cause == cause && row.ps > 0; });
    };
    if (std::any_of(document.results.begin(), document.results.end(), has_it)) {
      lines += paragraph("  ", "[" + cause + "] " + clause);
    }
  }
  return lines.empty() ? "" : "Causes:\n" + lines + "\n";
}

std::string how_to_read(const TextStyle& style) {
  std::string text = paragraph(
      "",
      "How to read this. Barriers are hwsync, ptesync and tlbsync; victims are all CPUs but the measured "
      "one, and their Mcycles what the phase took from them: a tlbie takes none from idle CPUs, nor, as "
      "modelled, from kernel code. Ratio is simulated over published time: a calibration was fitted to that "
      "figure, a prediction was not, and changed is neither, since a parameter differs from those of the "
      "machine that was calibrated.");
  if (style.profiles) {
    text += paragraph(
        "",
        "In the trees a percentage is a share of the CPU's (or CPUs') time, callers stand above callees, "
        "[causes] say what the time was spent on, and what is under 0.5% is left out. --format json gives "
        "every figure in full.");
  }
  return text;
}

/// Each finding with who did it and who made it wrong; the first few of each kernel.
std::string audits(const RunDocument& document) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (const Audited& audited : document.audits) {
    const std::size_t count = audited.findings.size();
    text += "Audit, kernel " + audited.kernel + ": " +
            (count == 0 ? "no rule broken.\n" : grouped(static_cast<std::int64_t>(count)) + " found:\n");
    for (std::size_t i = 0; i < std::min(count, kMost); ++i) {
      const Finding& finding = audited.findings[i];
      text += "  " + finding.rule + ": " + finding.text + "\n    by CPU " + std::to_string(finding.cpu) +
              " in " + (finding.path.empty() ? "user code" : finding.path) + "\n";
      if (!finding.cause_path.empty()) {
        text +=
            "    made so by CPU " + std::to_string(finding.cause_cpu) + " in " + finding.cause_path + "\n";
      }
    }
    text += count > kMost
                ? "  ... and " + std::to_string(count - kMost) + " more (--format json has them all)\n"
                : "";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string to_text(const RunDocument& document, const TextStyle& style) {
  std::string text = heading(document);
  for (const std::string& phase : phases(document)) {
    text += table(document, phase);
  }
  if (document.results.empty()) {
    text += "No phase was measured.\n\n";
  }
  text += audits(document);
  for (const std::string& kernel : document.missing) {
    text += "Missing: " + kernel + ", interrupted before it finished.\n\n";
  }
  text += published_sources(document) + assumptions(document) + rounds(document) +
          fitted_and_changed(document.machine);
  if (style.profiles) {
    for (const PhaseResult& result : document.results) {
      text += profile(result, document.machine);
    }
    text += causes(document);
  }
  return text + how_to_read(style);
}

}  // namespace p9mmu::model::report
