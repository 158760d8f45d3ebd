#include "model/report/page/flame.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model::report::page {
namespace {

PhaseResult nested() {
  PhaseResult result = sample_result("ipi");
  result.accounts = {{"0", "a", "compute", 100},      {"0", "a;b", "memory", 300},
                     {"0", "a;c", "memory", 500},     {"0", "a;c;d", "barrier", 99},
                     {"0", "", "compute", 1},         {"others", "", "idle", 5000},
                     {"others", "e", "interrupt", 70}};
  return result;
}

const Frame& find(const FlameGraph& graph, const std::string& name, std::size_t depth) {
  for (const Frame& frame : graph.frames) {
    if (frame.name == name && frame.depth == depth) {
      return frame;
    }
  }
  FAIL("no frame " << name << " at depth " << depth);
  return graph.frames.front();
}

TEST_CASE("a frame is as wide as what it and its callees took, the widest first, causes below") {
  const FlameGraph graph = flame_graph(nested(), Whose::measured_cpu, 0);
  CHECK(graph.total_ps == 1000);
  CHECK(graph.depth == 4);
  const Frame& a = find(graph, "a", 0);
  CHECK(a.ps == 999);
  CHECK(a.self_ps == 100);
  CHECK(a.begin_ps == 0);
  CHECK(find(graph, "c", 1).begin_ps == 0);
  CHECK(find(graph, "c", 1).ps == 599);
  CHECK(find(graph, "b", 1).begin_ps == 599);
  CHECK(find(graph, "compute", 1).begin_ps == 899);
  CHECK(find(graph, "compute", 1).cause == "compute");
  CHECK(find(graph, "barrier", 3).ps == 99);
  CHECK(find(graph, "compute", 0).begin_ps == 999);
}

TEST_CASE("every frame lies within the one above it, and none overlaps its neighbour") {
  const FlameGraph graph = flame_graph(nested(), Whose::measured_cpu, 0);
  for (const Frame& frame : graph.frames) {
    CAPTURE(frame.name, frame.depth);
    std::size_t covering = 0;
    for (const Frame& other : graph.frames) {
      const bool covers =
          other.begin_ps <= frame.begin_ps && frame.begin_ps + frame.ps <= other.begin_ps + other.ps;
      covering += other.depth + 1 == frame.depth && covers ? 1 : 0;
      const bool apart =
          other.begin_ps + other.ps <= frame.begin_ps || frame.begin_ps + frame.ps <= other.begin_ps;
      CHECK((&other == &frame || other.depth != frame.depth || apart));
    }
    CHECK(covering == (frame.depth == 0 ? 0 : 1));
  }
}

TEST_CASE("frames too narrow to be seen are left out, and how much they are is said") {
  const FlameGraph graph = flame_graph(nested(), Whose::measured_cpu, 0.1);
  for (const Frame& frame : graph.frames) {
    CHECK(frame.ps >= 100);
  }
  CHECK(graph.hidden_ps == 99 + 1);
}

TEST_CASE("of the others the time in which they idled is left out") {
  const FlameGraph graph = flame_graph(nested(), Whose::others_but_idle, 0);
  CHECK(graph.total_ps == 70);
  REQUIRE(graph.frames.size() == 2);
  CHECK(graph.frames[0].name == "e");
}

}  // namespace
}  // namespace p9mmu::model::report::page
