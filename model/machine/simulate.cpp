#include "model/machine/simulate.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

#include "cpus/modules.h"
#include "model/trace/run_recorder.h"
#include "workloads/linux/auditor.h"
#include "workloads/linux/kernel.h"
#include "workloads/linux/policy.h"
#include "workloads/script/lua_host.h"
#include "workloads/script/stage.h"

namespace p9mmu::model {
namespace {

/// SystemC's reports go where everybody's do.
void report_to_log(const sc_core::sc_report& report, const sc_core::sc_actions&) {
  const auto level = report.get_severity() == sc_core::SC_INFO      ? spdlog::level::info
                     : report.get_severity() == sc_core::SC_WARNING ? spdlog::level::warn
                                                                    : spdlog::level::err;
  spdlog::log(level, "systemc: {}: {}", report.get_msg_type(), report.get_msg());
  if (report.get_severity() >= sc_core::SC_ERROR) {
    throw report;
  }
}

report::PhaseResult describe_phase(const workloads::Phase& phase, const workloads::LuaHost& host,
                                   const RunRequest& request, std::uint32_t cpus) {
  report::PhaseResult result;
  result.kernel = request.kernel;
  result.phase = phase.name;
  result.cpus = cpus;
  result.measured_cpu = phase.cpu.value();
  result.elapsed_ps = (phase.end - phase.begin).ps();
  describe(phase.counters, [&result](const std::string& name, const char* unit, const std::string& sentence,
                                     std::int64_t value) {
    result.counters.push_back(report::Counter{name, unit, sentence, value});
  });
  for (const cpus::TimeHistogram::Bucket& bucket : phase.ipi_round_times.buckets()) {
    result.ipi_round_times.push_back({bucket.from.ps(), bucket.below.ps(), bucket.count});
  }
  for (const workloads::Spending& spending : phase.spending) {
    result.accounts.push_back(report::AccountRow{
        spending.measured_cpu ? std::to_string(phase.cpu.value()) : "others", spending.path,
        cpus::kCauseNames[static_cast<std::size_t>(spending.cause)], spending.span.ps()});
  }
  result.victim_ps = phase.taken_from_others.ps();
  result.assumptions = host.assumptions();
  for (const workloads::Published& published : host.published()) {
    const auto figure = published.ms_by_kernel.find(request.kernel);
    if (published.phase == phase.name && figure != published.ms_by_kernel.end()) {
      result.published_ms = figure->second;
      result.published_source = published.source;
    }
  }
  for (const workloads::OptionDeclared& option : host.options()) {
    result.options.push_back(report::OptionValue{option.name, option.value});
  }
  return result;
}

report::Audited describe_audit(const workloads::Auditor& auditor, const std::string& kernel) {
  report::Audited audited{kernel, {}};
  for (const workloads::AuditFinding& finding : auditor.findings()) {
    audited.findings.push_back({workloads::kAuditRuleNames[static_cast<std::size_t>(finding.rule)],
                                finding.text, finding.actor.cpu.value(), finding.actor.path,
                                finding.cause.cpu.value(), finding.cause.path});
  }
  return audited;
}

}  // namespace

std::vector<report::PhaseResult> simulate(const RunRequest& request) {
  sc_core::sc_report_handler::set_handler(report_to_log);
  const MachineParameters& parameters = request.machine.parameters;
  cpus::Machine machine("machine", parameters.interconnect, parameters.cpus, parameters.mmu,
                        request.exact_events);
  machine.system().set_random_seed(request.seed);
  workloads::Kernel kernel(machine.system(), parameters.kernel, workloads::kernel_policy(request.kernel));
  // Before the script lays out memory: the auditor has to see every page and table from its beginning.
  std::optional<workloads::Auditor> auditor;
  if (request.recordings != nullptr && request.record.audit) {
    auditor.emplace(machine.system());
    machine.system().set_audit(*auditor);
    kernel.set_auditor(*auditor);
  }
  workloads::LinuxWorld world(kernel, parameters.interconnect.topology.cores_per_chip);
  workloads::LuaHost host(world, workloads::Limits{}, request.seed, request.options);
  host.load_text(request.script,
                 request.script_text ? *request.script_text : workloads::read_script(request.script));
  workloads::Stage stage(world, host);
  RunRecorder recorder(request.recordings == nullptr ? RecordingRequest{} : request.record, machine);
  if (auditor) {
    stage.let_signals_end_threads();
  }
  stage.enter(interconnect::Time());
  machine.run();
  recorder.check_complete();
  stage.check_ended();
  std::vector<report::PhaseResult> results;
  for (const workloads::Phase& phase : stage.measurements().phases()) {
    results.push_back(describe_phase(phase, host, request, machine.system().cpus()));
  }
  if (request.recordings != nullptr) {
    *request.recordings = recorder.finish(stage.measurements().phases(), request.kernel);
    if (auditor) {
      request.recordings->audited = describe_audit(*auditor, request.kernel);
    }
  }
  return results;
}

}  // namespace p9mmu::model
