#include "model/cli/logging.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <systemc>

namespace p9mmu::model {
namespace {

spdlog::level::level_enum level_of(sc_core::sc_severity severity) {
  switch (severity) {
    case sc_core::SC_INFO:
      return spdlog::level::info;
    case sc_core::SC_WARNING:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

/// SystemC's own handler for what a report does besides being shown: an error throws, a fatal one aborts.
void on_report(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
  spdlog::log(level_of(report.get_severity()), "SystemC: {}: {}", report.get_msg_type(), report.get_msg());
  const sc_core::sc_actions shown = sc_core::SC_DISPLAY | sc_core::SC_LOG;
  sc_core::sc_report_handler::default_handler(report, actions & ~shown);
}

}  // namespace

const std::vector<std::string>& log_levels() {
  static const std::vector<std::string> names = {"trace", "debug", "info", "warn", "error", "off"};
  return names;
}

void start_logging(const std::string& level) {
  auto logger =
      std::make_shared<spdlog::logger>("p9mmu", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>());
  logger->set_pattern("p9mmu: %^%l%$: %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
  sc_core::sc_report_handler::set_handler(on_report);
}

}  // namespace p9mmu::model
