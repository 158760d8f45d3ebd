#include "tests/model/report/page/sample_experiment.h"

#include "tests/model/sample.h"

namespace p9mmu::model::report::page {

Point sample_point(const std::string& kernel, std::uint32_t cpus, std::int64_t elapsed_ps,
                   std::vector<Setting> settings) {
  Point point;
  point.kernel = kernel;
  point.cpus = cpus;
  point.settings = std::move(settings);
  point.command = "p9mmu run a.lua --kernel " + kernel + " --cpus " + std::to_string(cpus);
  Measured measured;
  measured.result = sample_result(kernel);
  measured.result.cpus = cpus;
  measured.result.elapsed_ps = elapsed_ps;
  measured.elapsed_cycles = static_cast<double>(elapsed_ps) * 4e-3;
  measured.victim_cycles = 2000;
  point.phases.push_back(std::move(measured));
  return point;
}

Point failed_point(const std::string& kernel, std::uint32_t cpus, const std::string& message) {
  Point point;
  point.kernel = kernel;
  point.cpus = cpus;
  point.command = "p9mmu run a.lua --kernel " + kernel + " --cpus " + std::to_string(cpus);
  point.state = PointState::failed;
  point.message = message;
  return point;
}

Experiment sample_experiment(std::vector<Point> points) {
  Experiment experiment;
  experiment.title = "Sweep sample";
  experiment.question = "What is it for?";
  experiment.asked = {{"Script", "a.lua"}};
  experiment.plan = "name = \"sample\"\n";
  MachineSheet machine;
  machine.name = "small";
  machine.cpus = 4;
  machine.parameters = {
      {"fabric.tlbie.issue", "400 ns", 400e3, "ps", "350 ns to 440 ns", "set", "the command line", "",
       "370 ns", "a"},
      {"linux.zap_huge_pmd", "300 cycles", 79e3, "ps", "50 cycles to 600 cycles", "calibrated", "a total",
       "munmap/ipi-free", "", "b"},
      {"cpu.hwsync", "42 cycles", 11e3, "ps", "40 cycles to 60 cycles", "measured", "a paper", "", "", "c"}};
  experiment.machines = {machine};
  for (Point& point : points) {
    point.number = experiment.points.size() + 1;
    experiment.points.push_back(std::move(point));
  }
  return experiment;
}

Experiment along_cpus(const std::vector<std::pair<std::string, Times>>& kernels) {
  std::vector<Point> points;
  for (const auto& [kernel, times] : kernels) {
    for (const auto& [cpus, ps] : times) {
      points.push_back(sample_point(kernel, cpus, ps));
    }
  }
  return sample_experiment(std::move(points));
}

}  // namespace p9mmu::model::report::page
