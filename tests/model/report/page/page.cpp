#include "model/report/page/page.h"

#include <catch2/catch.hpp>
#include <set>

#include "model/report/page/assets.h"
#include "model/report/page/figures.h"
#include "model/report/page/render.h"
#include "tests/model/report/page/sample_experiment.h"

namespace p9mmu::model::report::page {
namespace {

using Catch::Contains;

Experiment four_points_and_a_failure() {
  Experiment experiment = along_cpus({{"ipi", {{4, 10'000'000'000}, {64, 90'000'000'000}}},
                                      {"free", {{4, 30'000'000'000}, {64, 30'000'000'000}}}});
  experiment.points.push_back(failed_point("free", 128, "killed by signal 9"));
  experiment.points.back().number = 5;
  return experiment;
}

const Section& section(const Page& page, const std::string& id) {
  for (const Section& one : page.chapters.at(0).sections) {
    if (one.id == id) {
      return one;
    }
  }
  FAIL("no section " << id);
  return page.chapters.front().sections.front();
}

template <typename Kind>
std::vector<Kind> blocks(const Section& section) {
  std::vector<Kind> found;
  for (const Block& block : section.blocks) {
    if (const Kind* one = std::get_if<Kind>(&block)) {
      found.push_back(*one);
    }
  }
  return found;
}

TEST_CASE("a page says what was asked, what came out, what failed, and how to get it again") {
  const Page page = make_page({four_points_and_a_failure()}, "");
  CHECK(page.title == "Sweep sample");
  CHECK(page.subtitle == "5 points, 2 kernels");
  CHECK(page.chapters.at(0).lead == "What is it for?");
  std::vector<std::string> ids;
  for (const Section& one : page.chapters[0].sections) {
    ids.push_back(one.id);
  }
  CHECK(ids == std::vector<std::string>{"asked", "results", "curves", "crossovers", "causes", "victims",
                                        "rounds", "flames", "failures", "reproduce", "machine"});
}

TEST_CASE("points without a result are announced at the top and listed with their reason and command") {
  const Page page = make_page({four_points_and_a_failure()}, "");
  const Paragraph progress = blocks<Paragraph>(section(page, "asked")).at(0);
  CHECK(progress.is_warning);
  CHECK_THAT(progress.text, Contains("5 points: 4 done, 1 failed"));
  const Table failures = blocks<Table>(section(page, "failures")).at(0);
  REQUIRE(failures.rows.size() == 1);
  CHECK(failures.rows[0].cells == std::vector<std::string>{"5", "128", "free", "failed", "killed by signal 9",
                                                           "p9mmu run a.lua --kernel free --cpus 128"});
}

TEST_CASE("every point has its command") {
  const Page page = make_page({four_points_and_a_failure()}, "");
  const Table commands = blocks<Table>(section(page, "reproduce")).at(0);
  REQUIRE(commands.rows.size() == 5);
  CHECK(commands.columns.back().kind == ColumnKind::code);
  CHECK(commands.rows[1].cells.back() == "p9mmu run a.lua --kernel ipi --cpus 64");
}

/// One setting at a time, 40 of them, each with an end where the machine stands anyway.
Experiment forty_costs() {
  std::vector<Point> points = {sample_point("ipi", 4, 10)};
  for (int i = 0; i < 40; ++i) {
    const std::string name = i == 0 ? "cpu.hwsync" : "cpu.cost" + std::to_string(i);
    points.push_back(sample_point("ipi", 4, 10, {{name, "42 cycles", 11e3}}));
    points.push_back(sample_point("ipi", 4, 20, {{name, "60 cycles", 16e3}}));
  }
  Experiment experiment = sample_experiment(std::move(points));
  ResolvedParameter own = experiment.machines.front().parameters.back();
  for (int i = 1; i < 40; ++i) {
    own.name = "cpu.cost" + std::to_string(i);
    experiment.machines.front().parameters.push_back(own);
  }
  return experiment;
}

TEST_CASE("the base point is shown once, and every change has its bar") {
  const Page page = make_page({forty_costs()}, "");
  CHECK_THAT(blocks<Paragraph>(section(page, "asked")).back().text, Contains("40 more points are the same"));
  CHECK(blocks<Table>(section(page, "results")).at(0).rows.size() == 41);
  CHECK(blocks<Table>(section(page, "reproduce")).at(0).rows.size() == 41);
  const Chart causes = blocks<Charts>(section(page, "causes")).at(0).charts.at(0);
  CHECK(causes.spec["scales"][1]["domain"].size() == 41);
  CHECK(blocks<Flame>(section(page, "flames")).size() == 41);
}

TEST_CASE("with several phases each chart's title names its own") {
  const bool several = GENERATE(true, false);
  CAPTURE(several);
  Experiment experiment = four_points_and_a_failure();
  for (Point& point : experiment.points) {
    if (several && !point.phases.empty()) {
      point.phases.push_back(point.phases.front());
      point.phases.back().result.phase = "touch";
    }
  }
  const Page page = make_page({experiment}, "");
  for (const char* id : {"curves", "causes", "victims", "rounds"}) {
    for (const Charts& charts : blocks<Charts>(section(page, id))) {
      for (const Chart& chart : charts.charts) {
        CAPTURE(id, chart.title);
        const bool is_named =
            chart.title.find("munmap") != std::string::npos || chart.title.find("touch") != std::string::npos;
        CHECK((!several || is_named));
      }
    }
  }
}

TEST_CASE("the page says where its commands are to be run, and what is constant by assumption") {
  const Page page = make_page({four_points_and_a_failure()}, "");
  CHECK_THAT(blocks<Paragraph>(section(page, "reproduce")).at(0).text,
             Contains("in the directory in which the sweep was started"));
  CHECK_THAT(blocks<Paragraph>(section(page, "curves")).at(0).text, Contains("by assumption"));
}

TEST_CASE("the main table has a row for each result, and no column that holds nothing") {
  Experiment experiment = four_points_and_a_failure();
  for (Point& point : experiment.points) {
    for (Measured& measured : point.phases) {
      measured.result.published_ms.reset();
    }
  }
  const Table table = blocks<Table>(section(make_page({experiment}, ""), "results")).at(0);
  CHECK(table.rows.size() == 4);
  std::vector<std::string> names;
  for (const Column& column : table.columns) {
    names.push_back(column.name);
  }
  CHECK(names == std::vector<std::string>{"CPUs", "kernel", "ms", "ns per PMD", "cycles per PMD", "IPIs",
                                          "tlbies", "barriers", "victims, Mcycles"});
  CHECK(table.rows[0].cells ==
        std::vector<std::string>{"4", "ipi", "10.00", "5,000,000", "20,000,000", "6", "3", "24", "0.002000"});
}

TEST_CASE("a crossover is told as the two simulated points between which it lies") {
  const Page page = make_page({four_points_and_a_failure()}, "");
  const Table table = blocks<Table>(section(page, "crossovers")).at(0);
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].cells.back() == "between 4 and 64: ipi is faster up to 4, free from 64 on");
}

TEST_CASE("each chart's figures stand in a table as well") {
  const Page page = make_page({four_points_and_a_failure()}, "");
  for (const Section& one : page.chapters[0].sections) {
    CAPTURE(one.id);
    const bool has_charts = !blocks<Charts>(one).empty() && one.id != "curves" && one.id != "flames";
    CHECK((!has_charts || !blocks<Table>(one).empty()));
  }
}

TEST_CASE(
    "a parameter stands with value, range, provenance and source; what was set or calibrated comes first") {
  const std::vector<Table> tables =
      blocks<Table>(section(make_page({four_points_and_a_failure()}, ""), "machine"));
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].rows.size() == 2);
  CHECK(tables[0].rows[0].cells == std::vector<std::string>{"fabric.tlbie.issue", "400 ns",
                                                            "350 ns to 440 ns", "set",
                                                            "the command line (instead of 370 ns)", "a"});
  CHECK(tables[0].rows[1].cells[3] == "calibrated on munmap/ipi-free");
  CHECK(tables[1].rows.size() == 3);
}

TEST_CASE("what is true of some results only is assumed of those alone") {
  Experiment experiment = four_points_and_a_failure();
  experiment.points[0].phases[0].result.assumptions.emplace_back("it is cold");
  const Bullets assumed = blocks<Bullets>(section(make_page({experiment}, ""), "asked")).at(0);
  CHECK(assumed.items ==
        std::vector<std::string>{"all targets are idle", "it is cold (1 of 4 results: ipi)"});
}

TEST_CASE("points are named by what differs, of one setting at a time by that setting, of much by number") {
  const Setting first{"a", "1", 1.0};
  const Setting other{"a", "2", 2.0};
  const Setting second{"b", "x", std::nullopt};
  const Setting second_other{"b", "y", std::nullopt};
  const auto names = [](const Experiment& experiment) {
    const PointNames name(experiment);
    std::vector<std::string> result;
    for (const Point& point : experiment.points) {
      result.push_back(name(point));
    }
    return result;
  };
  CHECK(names(along_cpus({{"ipi", {{4, 1}, {8, 1}}}})) ==
        std::vector<std::string>{"4 CPUs, ipi", "8 CPUs, ipi"});
  CHECK(names(along_cpus({{"ipi", {{4, 1}}}, {"free", {{4, 1}}}})) ==
        std::vector<std::string>{"ipi", "free"});
  CHECK(names(sample_experiment({sample_point("ipi", 4, 1, {first, second}),
                                 sample_point("ipi", 4, 1, {other, second}),
                                 sample_point("ipi", 4, 1, {first, second_other})})) ==
        std::vector<std::string>{"base point, ipi", "a = 2, ipi", "b = y, ipi"});
  CHECK(names(sample_experiment({sample_point("ipi", 4, 1, {first, second}),
                                 sample_point("ipi", 8, 1, {other, second}),
                                 sample_point("ipi", 16, 1, {first, second_other}),
                                 sample_point("ipi", 4, 1, {other, second_other})}))[3] == "point 4, ipi");
}

// --- As HTML ---

TEST_CASE("what comes from data is escaped, in text, in attributes and in scripts") {
  Experiment experiment = four_points_and_a_failure();
  const std::string nasty = "</script><script>alert(1)</script>\"'&<!--{{title}}";
  experiment.question = nasty;
  experiment.plan = nasty;
  experiment.asked = {{nasty, nasty}};
  for (Point& point : experiment.points) {
    point.kernel = nasty;
    point.command = nasty;
    point.message = nasty;
    for (Measured& measured : point.phases) {
      measured.result.kernel = nasty;
      for (AccountRow& row : measured.result.accounts) {
        row.path = nasty;
      }
    }
  }
  const std::string html = render(make_page({experiment}, nasty));
  CHECK_THAT(html, !Contains("alert(1)</script>"));
  CHECK_THAT(html, !Contains("<script>alert"));
  CHECK_THAT(
      html,
      Contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos;&amp;&lt;!--{{title}}"));
  CHECK_THAT(html, Contains("\\u003c/script>"));
}

TEST_CASE("the same experiments give the same bytes") {
  CHECK(render(make_page({four_points_and_a_failure()}, "")) ==
        render(make_page({four_points_and_a_failure()}, "")));
}

TEST_CASE("a page refers to nothing outside of itself, and forbids it") {
  std::string html = render(make_page({four_points_and_a_failure()}, ""));
  CHECK_THAT(html, Contains("content=\"default-src 'none'; script-src 'sha256-"));
  // What the scripts say among themselves is none of it: the browser's tests see that they fetch nothing.
  for (const Asset* script : {&kVega, &kScript}) {
    const std::size_t place = html.find(script->text);
    REQUIRE(place != std::string::npos);
    html.erase(place, script->text.size());
  }
  CHECK_THAT(
      html, !Contains(" src=") && !Contains("url(") && !Contains("@import") && !Contains("sourceMappingURL"));
  // Links lead to places in the page, or to nothing at all for the icon.
  std::set<std::string> ids;
  for (std::size_t place = 0; (place = html.find(" id=\"", place)) != std::string::npos; ++place) {
    const std::string id = html.substr(place + 5, html.find('"', place + 5) - place - 5);
    CHECK(ids.insert(id).second);
  }
  for (std::size_t place = 0; (place = html.find(" href=\"", place)) != std::string::npos; ++place) {
    const std::string link = html.substr(place + 7, html.find('"', place + 7) - place - 7);
    CAPTURE(link);
    CHECK((link == "data:," || (link.starts_with("#") && ids.contains(link.substr(1)))));
  }
}

TEST_CASE("several experiments are chapters of one page") {
  const Page page = make_page({four_points_and_a_failure(), along_cpus({{"ipi", {{4, 1}}}})}, "");
  CHECK(page.title == "Sweep sample and 1 more experiment");
  CHECK(page.chapters.size() == 2);
  CHECK(make_page({four_points_and_a_failure()}, "Mine").title == "Mine");
}

}  // namespace
}  // namespace p9mmu::model::report::page
