// A run in a process of its own, as SystemC wants it, for tests that compare runs.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "model/cli/child.h"
#include "model/machine/simulate.h"
#include "model/report/json.h"

namespace p9mmu::tests {

/// Every result of a run as one JSON list; the text "failed: ..." if something went wrong. What the request
/// wants recorded is left in `recordings` unless that is null.
[[nodiscard]] inline std::string run_in_child(model::RunRequest request,
                                              model::Recordings* recordings = nullptr) {
  constexpr char kSeparator = '\x1e';
  model::Child child([&request, recordings] {
    try {
      model::Recordings recorded;
      request.recordings = recordings == nullptr ? nullptr : &recorded;
      model::report::Json list = model::report::Json::array();
      for (const model::report::PhaseResult& result : model::simulate(request)) {
        list.push_back(model::report::to_json(result, request.machine));
      }
      return model::report::dump(list) + kSeparator + recorded.trace_events + kSeparator + recorded.waveform;
    } catch (const std::exception& error) {
      return std::string("failed: ") + error.what();
    }
  });
  while (!child.ended()) {
    child.read_some();
  }
  REQUIRE(child.end().exited);
  REQUIRE(child.end().status == 0);
  const std::string& text = child.end().text;
  const std::size_t first = text.find(kSeparator);
  if (recordings != nullptr && first != std::string::npos) {
    const std::size_t second = text.find(kSeparator, first + 1);
    recordings->trace_events = text.substr(first + 1, second - first - 1);
    recordings->waveform = text.substr(second + 1);
  }
  return text.substr(0, first);
}

}  // namespace p9mmu::tests
