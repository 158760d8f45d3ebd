#include "model/cli/logging.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace p9mmu::model {

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
}

}  // namespace p9mmu::model
