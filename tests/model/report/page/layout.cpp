#include "model/report/page/layout.h"

#include <catch2/catch.hpp>

#include "model/report/page/crossover.h"
#include "tests/model/report/page/sample_experiment.h"

namespace p9mmu::model::report::page {
namespace {

Setting guest(int gib) {
  return {"option.guest", std::to_string(gib) + "GiB", gib * 0x1p30};
}

std::vector<double> places(const Curve& curve) {
  std::vector<double> result;
  for (const Sample& sample : curve.samples) {
    result.push_back(sample.x);
  }
  return result;
}

TEST_CASE("CPU counts that differ are the axis, in order, a curve for each kernel") {
  const Experiment experiment = along_cpus({{"ipi", {{64, 3}, {4, 1}}}, {"free", {{4, 1}, {64, 1}}}});
  const Layout layout = lay_out(experiment, "munmap");
  CHECK(layout.axis == "cpus");
  CHECK(layout.title == "CPUs (hardware threads)");
  CHECK(layout.spacing == Spacing::logarithmic);
  CHECK(layout.has_curves());
  REQUIRE(layout.panels.size() == 1);
  CHECK(layout.panels[0].title.empty());
  REQUIRE(layout.panels[0].curves.size() == 2);
  CHECK(layout.panels[0].curves[0].kernel == "ipi");
  CHECK(places(layout.panels[0].curves[0]) == std::vector<double>{4, 64});
}

TEST_CASE("what a plan varies along with the CPUs is no axis of its own, what runs happen to differ in is") {
  const bool planned = GENERATE(true, false);
  Experiment experiment = sample_experiment(
      {sample_point("ipi", 4, 1, {{"topology.cores_per_chip", "1", 1.0}, {"idle.governor", "menu", 0.0}}),
       sample_point("ipi", 8, 2, {{"topology.cores_per_chip", "2", 2.0}, {"idle.governor", "fixed", 1.0}})});
  if (!planned) {
    experiment.plan.clear();
  }
  CAPTURE(planned);
  CHECK(axes_with_cpus(experiment) ==
        (planned ? std::vector<std::string>{"topology.cores_per_chip", "idle.governor"}
                 : std::vector<std::string>{"topology.cores_per_chip"}));
  CHECK(varying_axes(experiment) ==
        (planned ? std::vector<std::string>{"cpus"} : std::vector<std::string>{"cpus", "idle.governor"}));
  CHECK(lay_out(experiment, "munmap").panels.size() == (planned ? 1 : 2));
}

TEST_CASE("what advances with the CPUs is told pair by pair") {
  std::vector<Point> points;
  for (const auto& [cpus, cores] : std::vector<std::pair<std::uint32_t, std::string>>{
           {4, "1"}, {8, "2"}, {64, "16"}, {128, "16"}, {1024, "16"}}) {
    points.push_back(sample_point("ipi", cpus, 1, {{"topology.cores_per_chip", cores, std::nullopt}}));
  }
  CHECK(along_cpus_text(sample_experiment(std::move(points)), "topology.cores_per_chip") ==
        "4 with 1, 8 with 2, 64 to 1024 with 16");
}

TEST_CASE("each combination of what else differs is a panel, named by it") {
  std::vector<Point> points;
  for (const std::uint32_t cpus : {4U, 8U}) {
    for (const int gib : {16, 64}) {
      points.push_back(sample_point("ipi", cpus, 1, {guest(gib)}));
    }
  }
  const Experiment experiment = sample_experiment(std::move(points));
  const Layout layout = lay_out(experiment, "munmap");
  REQUIRE(layout.panels.size() == 2);
  CHECK(layout.panels[0].title == "guest = 16GiB");
  CHECK(layout.panels[1].title == "guest = 64GiB");
}

TEST_CASE(
    "without CPU counts that differ the axis with the most numbers is taken, in the unit of the first") {
  const Experiment experiment =
      sample_experiment({sample_point("ipi", 4, 1, {guest(512), {"seed", "1", 1.0}}),
                         sample_point("ipi", 4, 1, {{"option.guest", "1TiB", 0x1p40}, {"seed", "1", 1.0}}),
                         sample_point("ipi", 4, 1, {guest(16), {"seed", "2", 2.0}})});
  const Layout layout = lay_out(experiment, "munmap");
  CHECK(layout.axis == "option.guest");
  CHECK(layout.title == "guest, GiB");
  REQUIRE(layout.panels.size() == 2);
  CHECK(places(layout.panels[0].curves[0]) == std::vector<double>{512, 1024});
}

TEST_CASE("values that are no numbers stand in the order in which they come") {
  struct Case {
    const char* first;
    const char* second;
  };
  // The numbers of choices are places in a list, whatever they look like.
  const auto words = GENERATE(Case{"dd2.3", "dd2.2"}, Case{"64K", "4K"}, Case{"2M", "64K"}, Case{"2", "1"});
  const Experiment experiment =
      sample_experiment({sample_point("ipi", 4, 1, {{"option.choice", words.first, 1.0}}),
                         sample_point("ipi", 4, 1, {{"option.choice", words.second, 0.0}})});
  const Layout layout = lay_out(experiment, "munmap");
  CHECK(layout.spacing == Spacing::words);
  CHECK(layout.title == "choice");
  const std::vector<Sample>& samples = layout.panels.at(0).curves.at(0).samples;
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].x_text == words.first);
  CHECK(samples[1].x_text == words.second);
}

TEST_CASE("lists of CPUs stand where their counts are, unless two lists have the same") {
  const auto cpus = [](const char* list, double count) {
    return sample_point("ipi", 4, 1, {{"option.cpus", list, count}});
  };
  const Layout told_apart = lay_out(
      sample_experiment({cpus("0-3", 4), cpus("4", 1), cpus("0-127:4", 32), cpus("8-11,20", 5)}), "munmap");
  CHECK(told_apart.spacing == Spacing::logarithmic);
  CHECK(told_apart.title == "cpus, how many");
  CHECK(places(told_apart.panels.at(0).curves.at(0)) == std::vector<double>{1, 4, 5, 32});

  const Layout alike =
      lay_out(sample_experiment({cpus("0-3", 4), cpus("0-15:4", 4), cpus("0-127:4", 32)}), "munmap");
  CHECK(alike.spacing == Spacing::words);
  const std::vector<Sample>& samples = alike.panels.at(0).curves.at(0).samples;
  REQUIRE(samples.size() == 3);
  CHECK(samples[1].x_text == "0-15:4");
  CHECK(compare_kernels(alike.panels.at(0), alike.spacing).empty());
}

TEST_CASE("a narrow span is linear, a wide one logarithmic") {
  const std::uint32_t greatest = GENERATE(15U, 16U);
  const Experiment experiment = along_cpus({{"ipi", {{4, 1}, {greatest, 1}}}});
  CHECK(lay_out(experiment, "munmap").spacing == (greatest == 16 ? Spacing::logarithmic : Spacing::linear));
}

TEST_CASE("points that failed before their CPUs were known do not disturb") {
  Experiment experiment = along_cpus({{"ipi", {{4, 1}, {16, 1}}}});
  experiment.points.push_back(failed_point("ipi", 0, "no such machine"));
  experiment.points.back().cpus.reset();
  Point missing;
  missing.state = PointState::missing;
  experiment.points.push_back(missing);
  const Layout layout = lay_out(experiment, "munmap");
  CHECK(layout.axis == "cpus");
  CHECK(places(layout.panels.at(0).curves.at(0)) == std::vector<double>{4, 16});
  CHECK(kernels_of(experiment) == std::vector<std::string>{"ipi"});
}

TEST_CASE("a single result has no axis") {
  const Experiment experiment = along_cpus({{"ipi", {{4, 1}}}, {"free", {{4, 1}}}});
  const Layout layout = lay_out(experiment, "munmap");
  CHECK(layout.axis.empty());
  CHECK_FALSE(layout.has_curves());
  CHECK(varying_axes(experiment).empty());
}

}  // namespace
}  // namespace p9mmu::model::report::page
