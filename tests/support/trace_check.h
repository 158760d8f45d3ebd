// The rules of the Trace Event Format that Perfetto relies on, checked on a whole file: events in the order
// of time within each process, begins and ends that nest on each track, flows whose points lie in open slices
// and go forward in time, phases that end as they began.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace p9mmu::testing {

/// A slice of a track, innermost ones being causes or snoops.
struct TraceSlice {
  std::int64_t begin_ps = 0;
  std::int64_t end_ps = 0;
  std::string category;
  std::string name;
  std::vector<std::string> under;  ///< names of the slices that it lies in, outermost first
};

using TraceTrack = std::pair<int, int>;  ///< process and thread

struct TracePhase {
  TraceTrack track;
  std::string name;
  std::int64_t begin_ps = 0;
  std::int64_t end_ps = 0;
};

struct CheckedTrace {
  std::map<TraceTrack, std::vector<TraceSlice>> slices;  ///< in the order in which they end
  std::map<TraceTrack, std::string> names;
  std::map<int, std::string> processes;
  /// By category: the slices' categories at a flow's points, as in "cause cause cause".
  std::map<std::string, std::map<std::string, int>> flows;
  std::vector<TracePhase> phases;  ///< in the order in which they end
};

[[nodiscard]] inline std::int64_t trace_ps(const nlohmann::json& event) {
  return std::llround(event.at("ts").get<double>() * 1e6);
}

[[nodiscard]] inline CheckedTrace check_trace(const std::string& text) {
  using Json = nlohmann::json;
  struct Open {
    std::int64_t begin_ps;
    std::string category;
    std::string name;
  };
  struct FlowSoFar {
    std::int64_t at_ps;
    std::string category;
    std::string seen;
    bool over = false;
  };
  const Json file = Json::parse(text);
  REQUIRE(file.at("traceEvents").is_array());
  CheckedTrace trace;
  std::map<TraceTrack, std::vector<Open>> open;
  std::map<int, std::int64_t> now;
  std::map<std::uint64_t, FlowSoFar> flows;
  std::map<std::uint64_t, TracePhase> phases;
  for (const Json& event : file["traceEvents"]) {
    const std::string kind = event.at("ph");
    const int process = event.at("pid");
    const TraceTrack track{process, event.at("tid")};
    if (kind == "M") {
      if (event.at("name") == "thread_name") {
        trace.names[track] = event.at("args").at("name");
      } else if (event.at("name") == "process_name") {
        trace.processes[process] = event.at("args").at("name");
      }
      continue;
    }
    const std::int64_t at = trace_ps(event);
    // A million assertions would take longer than what they check.
    const auto require = [&event](bool holds, const char* what) {
      if (!holds) {
        FAIL(what << ": " << event.dump());
      }
    };
    require(at >= now[process], "time goes back");
    now[process] = at;
    require(trace.names.contains(track), "a track without a name");
    std::vector<Open>& stack = open[track];
    if (kind == "B") {
      stack.push_back({at, event.at("cat"), event.at("name")});
    } else if (kind == "E") {
      require(!stack.empty() && stack.back().name == event.at("name").get<std::string>(),
              "not the innermost");
      require(event.at("args").at("ps") == at - stack.back().begin_ps, "another length");
      TraceSlice slice{stack.back().begin_ps, at, stack.back().category, stack.back().name, {}};
      stack.pop_back();
      for (const Open& below : stack) {
        slice.under.push_back(below.name);
      }
      trace.slices[track].push_back(std::move(slice));
    } else if (kind == "b" || kind == "e") {
      const std::uint64_t id = event.at("id");
      require(phases.contains(id) == (kind == "e"), "a phase without begin or with two");
      if (kind == "b") {
        phases[id] = {track, event.at("name"), at, at};
      } else {
        require(phases[id].track == track && phases[id].name == event.at("name").get<std::string>(),
                "a phase that ends as another");
        phases[id].end_ps = at;
        trace.phases.push_back(phases[id]);
        phases.erase(id);
      }
    } else {
      require(kind == "s" || kind == "t" || kind == "f", "an unknown kind");
      require(!stack.empty() && stack.back().category != "routine", "a flow's point outside a slice");
      const std::uint64_t id = event.at("id");
      require(flows.contains(id) == (kind != "s"), "a flow without begin or with two");
      FlowSoFar& flow = flows[id];
      require(kind == "s" || (!flow.over && at >= flow.at_ps && flow.category == event.at("cat")),
              "a flow that goes back, goes on after its end, or changes");
      flow.seen += (kind == "s" ? "" : " ") + stack.back().name;
      flow.at_ps = at;
      flow.category = event.at("cat");
      if (kind == "f") {
        require(event.at("bp") == "e", "an end that binds to the next slice");
        flow.over = true;
        ++trace.flows[flow.category][flow.seen];
      }
    }
  }
  for (const auto& [track, stack] : open) {
    REQUIRE(stack.empty());
  }
  for (const auto& [id, flow] : flows) {
    REQUIRE(flow.over);
  }
  REQUIRE(phases.empty());
  return trace;
}

}  // namespace p9mmu::testing
