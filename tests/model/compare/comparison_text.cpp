#include "model/compare/comparison_text.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "model/compare/comparison_json.h"
#include "tests/model/documented_fields.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using report::Json;

Comparison sample_comparison() {
  ComparedRun a;
  a.label = "a.json";
  a.inputs = {{"seed", "1"}, {"fabric.tlbie.issue", "370 ns"}};
  a.results = {sample_result("ipi"), sample_result("ipi-free")};
  ComparedRun b = a;
  b.label = "b.json";
  b.inputs[1].value = "400 ns";
  report::PhaseResult& result = b.results[1];
  result.elapsed_ps = 1'500'000;
  result.counters[3].value = 9;
  result.accounts[0].ps = 1'100'000;
  result.accounts[2].ps = 4'000'000;
  result.accounts.push_back({"others", "doorbell;do_nothing", "compute", 63});
  return compare(a, b);
}

TEST_CASE("a comparison as text begins with the inputs, then tells each phase's differences, largest first") {
  CHECK(to_text(sample_comparison(), 10) ==
        "A: a.json\n"
        "B: b.json\n"
        "\n"
        "Inputs that differ:\n"
        "\n"
        "                      A       B\n"
        "  fabric.tlbie.issue  370 ns  400 ns\n"
        "\n"
        "munmap under ipi-free\n"
        "\n"
        "                      A         B  difference    B/A\n"
        "  elapsed      1.000 us  1.500 us   +500.0 ns  1.500\n"
        "  victims      500.0 ns  500.0 ns           0  1.000\n"
        "  tlbie_count         3         9          +6  3.000\n"
        "\n"
        "  by cause, the measured CPU         A         B  difference    B/A\n"
        "  [memory]                    600.0 ns  1.100 us   +500.0 ns  1.833\n"
        "\n"
        "  by cause, all other CPUs together         A         B  difference    B/A\n"
        "  [idle]                             2.500 us  4.000 us   +1.500 us  1.600\n"
        "  [compute]                                 0     63 ps      +63 ps    new\n"
        "\n"
        "  by call path and cause, the measured CPU\n"
        "  below sys_munmap > zap_huge_pmd:\n"
        "     +500.0 ns   1.833  [memory]\n"
        "\n"
        "  by call path and cause, all other CPUs together\n"
        "     +1.500 us   1.600  [idle]\n"
        "        +63 ps     new  doorbell > do_nothing [compute]\n"
        "\n"
        "munmap under ipi: the same\n"
        "\n"
        "The results differ.\n");
}

TEST_CASE("fewer call paths are shown if so wanted, and it is said how many there are") {
  const std::string text = to_text(sample_comparison(), 1);
  CHECK_THAT(text, Contains("by call path and cause, all other CPUs together (the largest difference of 2)\n"
                            "     +1.500 us   1.600  [idle]\n\n"));
  CHECK_THAT(text, !Contains("do_nothing"));
}

TEST_CASE("equal runs are said to be equal") {
  ComparedRun run;
  run.label = "a.json";
  run.results = {sample_result("ipi")};
  CHECK(to_text(compare(run, run), 10) ==
        "A: a.json\nB: a.json\n\nThe inputs are the same.\n\nmunmap under ipi: the same\n\n"
        "The results are the same.\n");
  run.results.clear();
  CHECK_THAT(to_text(compare(run, run), 10), Contains("No phase was measured in either.\n"));
}

TEST_CASE("a phase that one run lacks, and two kernels held against each other, are named") {
  ComparedRun a;
  ComparedRun b;
  a.results = {sample_result("ipi")};
  CHECK_THAT(to_text(compare(a, b), 10), Contains("Only in A: munmap under ipi\n\nThe results differ.\n"));
  b.results = {sample_result("ipi-free")};
  a.any_kernel = b.any_kernel = true;
  CHECK_THAT(to_text(compare(a, b), 10),
             Contains("munmap under ipi in A, munmap under ipi-free in B: the same"));
}

TEST_CASE("times have the largest unit that leaves a whole number before the point") {
  const auto [ps, text] = GENERATE(table<std::int64_t, std::string>({
      {0, "0"},
      {8, "+8 ps"},
      {-999, "-999 ps"},
      {1'000, "+1.000 ns"},
      {63'421, "+63.42 ns"},
      {-1'500'000, "-1.500 us"},
      {82'150'000'000'000, "+82,150 ms"},
  }));
  CHECK(time_text(ps, true) == text);
}

TEST_CASE("no line of a comparison is wider than 120 columns") {
  Comparison comparison = sample_comparison();
  std::string path = "a_rather_long_name_of_a_routine";
  for (int i = 0; i < 20; ++i) {
    path += ";another_long_name_of_a_routine_" + std::to_string(i);
  }
  comparison.phases[0].paths[0].path = path;
  std::string line;
  for (const char c : to_text(comparison, 10)) {
    line = c == '\n' ? "" : line + c;
    REQUIRE(line.size() <= 120);
  }
}

TEST_CASE("a comparison as JSON has both sides, differences and ratios") {
  const Json json = to_json(sample_comparison());
  CHECK(json["schema"] == "p9mmu.compare/1");
  CHECK(json["a"] == "a.json");
  CHECK(json["same_results"] == false);
  CHECK(json["inputs"] == Json::array({{{"name", "fabric.tlbie.issue"}, {"a", "370 ns"}, {"b", "400 ns"}}}));
  const Json& phase = json["phases"][0];
  CHECK(phase["a"] == Json({{"kernel", "ipi-free"}, {"phase", "munmap"}, {"ordinal", 0}}));
  CHECK(phase["figures"][0] == Json({{"name", "elapsed"},
                                     {"unit", "ps"},
                                     {"a", 1'000'000},
                                     {"b", 1'500'000},
                                     {"difference", 500'000},
                                     {"ratio", 1.5}}));
  CHECK(phase["causes"][0] == Json({{"cpus", "measured"},
                                    {"cause", "memory"},
                                    {"a_ps", 600'000},
                                    {"b_ps", 1'100'000},
                                    {"difference_ps", 500'000},
                                    {"ratio", 1.833333}}));
  CHECK(phase["paths"][2] == Json({{"cpus", "others"},
                                   {"path", "doorbell;do_nothing"},
                                   {"cause", "compute"},
                                   {"a_ps", 0},
                                   {"b_ps", 63},
                                   {"difference_ps", 63},
                                   {"ratio", nullptr}}));
  CHECK(json["phases"][1]["same"] == true);
}

TEST_CASE("docs/profiles-and-traces.md describes exactly the fields that a comparison has") {
  std::set<std::string> written;
  collect_fields(to_json(sample_comparison()), "", {}, written);
  const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  const std::string text = read_whole((root / "docs/profiles-and-traces.md").string());
  CHECK(described_fields(text, "schema is `p9mmu.compare/1`") == written);
}

}  // namespace
}  // namespace p9mmu::model
