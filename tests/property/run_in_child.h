// A run in a process of its own, as SystemC wants it, for tests that compare runs.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "model/cli/child.h"
#include "model/machine/simulate.h"
#include "model/report/json.h"

namespace p9mmu::tests {

/// Every result of a run as one JSON list; the text "failed: ..." if something went wrong.
[[nodiscard]] inline std::string run_in_child(const model::RunRequest& request) {
  model::Child child([&request] {
    try {
      model::report::Json list = model::report::Json::array();
      for (const model::report::PhaseResult& result : model::simulate(request)) {
        list.push_back(model::report::to_json(result, request.machine));
      }
      return model::report::dump(list);
    } catch (const std::exception& error) {
      return std::string("failed: ") + error.what();
    }
  });
  while (!child.ended()) {
    child.read_some();
  }
  REQUIRE(child.end().exited);
  REQUIRE(child.end().status == 0);
  return child.end().text;
}

}  // namespace p9mmu::tests
