#include "model/report/text.h"

#include <catch2/catch.hpp>

#include "model/report/per_pmd.h"
#include "model/report/published.h"
#include "tests/model/sample.h"

namespace p9mmu::model::report {
namespace {

using Catch::Contains;

RunDocument published_figures() {
  RunDocument document = sample_document();
  const auto fill = [](PhaseResult& result, std::int64_t elapsed_ps, double published_ms) {
    result.cpus = 128;
    result.elapsed_ps = elapsed_ps;
    result.published_ms = published_ms;
    result.victim_ps = 3 * elapsed_ps;
    for (Counter& counter : result.counters) {
      counter.value *= 126'976;  // two PMDs become 253,952
    }
  };
  fill(document.results[0], 81'234'567'800'000, 82'150);
  fill(document.results[1], 39'020'000'000, 39);
  fill(document.results[2], 371'250'000'000, 369);
  return document;
}

TEST_CASE("the table has a row for each kernel with figures, published ones, and what their ratio is") {
  CHECK_THAT(
      to_text(published_figures()),
      Contains("                munmap  per PMD    per PMD                               victims  published\n"
               "kernel              ms       ns     cycles     IPIs   tlbies   barriers  Mcycles         ms  "
               "ratio\n"
               "ipi             81,235  319,882  1,215,550  761,856  380,928  3,047,424  926,074     82,150  "
               "0.989  "
               "prediction\n"
               "ipi-free         39.02    153.7      583.9  761,856  380,928  3,047,424    444.8         39  "
               "1.001  "
               "calibration\n"
               "ipi-free-flush   371.2    1,462      5,555  761,856  380,928  3,047,424    4,232        369  "
               "1.006  "
               "prediction\n"));
}

TEST_CASE("the report says what it ran on, what was assumed, fitted and published, and how to read it") {
  const std::string text = to_text(published_figures());
  CHECK_THAT(text, Catch::StartsWith(
                       "teardown.lua on power9-2x16: 128 CPUs (2 x 16 cores x SMT4) at 3.8 GHz, seed 7\n\n"));
  CHECK_THAT(text, Contains("\nPublished: a mailing list\n"));
  CHECK_THAT(text, Contains("\nAssumed:\n  - all targets are idle\n\n"));
  CHECK_THAT(text, Contains("calibrated on munmap/ipi-free (range 50 cycles to 600 cycles): "));
  CHECK_THAT(text, Contains("\nHow to read this. "));
}

TEST_CASE("without profiles the report is the same up to the trees, and does not explain them") {
  const std::string whole = to_text(published_figures());
  const std::string brief = to_text(published_figures(), {.profiles = false});
  const std::size_t trees = whole.find("munmap under ");
  const std::size_t how_to_read = brief.find("How to read this.");
  REQUIRE(trees != std::string::npos);
  REQUIRE(how_to_read != std::string::npos);
  CHECK(brief.substr(0, how_to_read) == whole.substr(0, trees));
  CHECK(brief.find("In the trees") == std::string::npos);
}

TEST_CASE("an assumption of some kernels names them") {
  RunDocument document = sample_document();
  document.results[0].assumptions.push_back("targets sleep");
  document.results[2].assumptions.push_back("targets sleep");
  CHECK_THAT(to_text(document),
             Contains("\n  - all targets are idle\n  - ipi, ipi-free-flush: targets sleep\n"));
}

TEST_CASE("a kernel's IPI rounds are told with their targets and the states that these were woken from") {
  RunDocument document = published_figures();
  PhaseResult& result = document.results.front();
  result.counters = {{"ipi_rounds", "rounds", "", 10},
                     {"ipis_sent", "interrupts", "", 30},
                     {"wakes_from_stop1", "wakes", "", 5},
                     {"wakes_from_stop2", "wakes", "", 15},
                     {"wakes_from_stop4", "wakes", "", 0}};
  const std::string text = to_text(document);
  CHECK_THAT(text,
             Contains("\nIPI rounds:\n  - " + result.kernel + ": 10 rounds of 3 targets; idle targets were"));
  CHECK_THAT(text, Contains("stop1 (25.0%)"));
  CHECK_THAT(text, Contains("stop2 (75.0%)"));
  CHECK_THAT(text, !Contains("stop4"));
  result.counters = {{"ipi_rounds", "rounds", "", 2}, {"ipis_sent", "interrupts", "", 3}};
  CHECK_THAT(to_text(document), Contains(": 2 rounds of on average 1.500 targets; nobody was woken\n"));
  document.results.resize(1);
  result.counters = {};
  CHECK_THAT(to_text(document), !Contains("IPI rounds"));
}

TEST_CASE("each kernel's account is a call tree for the measured CPU and one for the others") {
  CHECK_THAT(
      to_text(sample_document()),
      Contains("munmap under ipi, CPU 0: 0.001000 ms\n"
               "\n"
               "   100.00%  sys_munmap\n"
               "            |\n"
               "            |--60.00%--zap_huge_pmd [memory]\n"
               "             --40.00%--[compute]\n"
               "\n"
               "  the other 3 CPUs: 0.003000 ms together, of which 16.67% (0.001900 Mcycles) were taken from "
               "them\n"
               "\n"
               "    83.33%  [idle]\n"
               "    16.67%  doorbell [interrupt]\n"));
}

TEST_CASE("a changed parameter is named and takes the meaning from the ratio") {
  RunDocument document = published_figures();
  ResolvedParameter& parameter = document.machine.resolved.front();
  parameter.provenance = "set";
  parameter.value_text = "4";
  parameter.replaced = "2";
  const std::string text = to_text(document);
  CHECK_THAT(text, Contains("  1.001  changed\n"));
  CHECK_THAT(text, Contains("\n  - topology.chips changed from 2 to 4\n"));
}

TEST_CASE(
    "what an inheriting machine changed is named with its source and takes the meaning from the ratio") {
  RunDocument document = published_figures();
  ResolvedParameter& parameter = document.machine.resolved.front();
  parameter.value_text = "4";
  parameter.replaced = "2";
  parameter.source = "four sockets";
  const std::string text = to_text(document);
  CHECK_THAT(text, Contains("  1.001  changed\n"));
  CHECK_THAT(
      text,
      Contains("\n  - topology.chips = 4, assumed, instead of 2 on the machine that this one inherits from: "
               "four sockets\n"));
}

TEST_CASE("the causes that occur are explained, and no others") {
  const std::string text = to_text(sample_document());
  CHECK_THAT(text, Contains("\nCauses:\n  [compute] instructions"));
  CHECK_THAT(text,
             Contains("\n  [memory] loads, stores and atomics, nearly all of it lines that come over from"));
  CHECK_THAT(text, !Contains("[guest exit]"));
  RunDocument nothing = sample_document();
  nothing.results.clear();
  CHECK_THAT(to_text(nothing), !Contains("Causes:"));
}

TEST_CASE("what was not counted or published is a dash") {
  RunDocument document = sample_document();
  document.results.resize(1);
  document.results[0].counters.clear();
  document.results[0].published_ms.reset();
  CHECK_THAT(
      to_text(document),
      Contains("ipi     0.001000        -        -     -       -         -  0.001900          -      -\n"));
}

TEST_CASE("phases have tables of their own and an unfinished kernel is named") {
  RunDocument document = sample_document();
  document.results[2].phase = "exit";
  document.missing = {"ipi-free-flush"};
  const std::string text = to_text(document);
  CHECK_THAT(text, Contains("\nkernel          ms"));
  CHECK_THAT(text, Contains(" exit  "));
  CHECK_THAT(text, Contains("Missing: ipi-free-flush, interrupted before it finished.\n"));
  document.results.clear();
  CHECK_THAT(to_text(document), Contains("No phase was measured.\n"));
}

TEST_CASE("no line is wider than 120 columns, whatever the figures") {
  RunDocument document = published_figures();
  for (PhaseResult& result : document.results) {
    result.cpus = 4096;
    result.elapsed_ps *= 30;
    result.victim_ps *= 3'000;
    for (Counter& counter : result.counters) {
      counter.value *= 32;
    }
  }
  std::string line;
  for (const char c : to_text(document)) {
    line = c == '\n' ? "" : line + c;
    CAPTURE(line);
    REQUIRE(line.size() <= 120);
  }
}

TEST_CASE("a phase's time is divided by PMDs only if the measured CPU cleared them all") {
  report::PhaseResult result = sample_result("ipi-free");
  const double pmds = report::pmds_cleared_alone(result).value_or(0);
  CHECK(pmds == static_cast<double>(report::counter(result, "pmds_cleared").value_or(0)));
  result.accounts.push_back({"others", "sys_munmap;zap_huge_pmd_not", "compute", 1});
  CHECK(report::pmds_cleared_alone(result) == pmds);
  result.accounts.push_back({"others", "sys_munmap;zap_huge_pmd;page_remove_rmap", "compute", 1});
  CHECK_FALSE(report::pmds_cleared_alone(result));
}

}  // namespace
}  // namespace p9mmu::model::report
