#include "model/trace/trace_request.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using From = TraceWindow::From;

TEST_CASE("a window is counted from the run, from the first phase, or from the phase that is named") {
  struct Case {
    const char* text;
    From from;
    const char* phase;
    std::int64_t begin_ps;
    std::int64_t end_ps;
  };
  const Case c = GENERATE(values<Case>({
      {"0us,200us", From::run, "", 0, 200'000'000},
      {"1.5 ms, 2ms", From::run, "", 1'500'000'000, 2'000'000'000},
      {":0us,2ms", From::phase, "", 0, 2'000'000'000},
      {"munmap:10ns,63ps", From::phase, "", -1, -1},
      {"munmap:10ns,63ns", From::phase, "munmap", 10'000, 63'000},
      {"a: b:0s,1s", From::phase, "a: b", 0, 1'000'000'000'000},
  }));
  CAPTURE(c.text);
  if (c.begin_ps < 0) {
    CHECK_FALSE(user_error([&] { (void)parse_trace_window("--trace-window", c.text); }).empty());
    return;
  }
  const TraceWindow window = parse_trace_window("--trace-window", c.text);
  CHECK(window.from == c.from);
  CHECK(window.phase == c.phase);
  CHECK(window.begin.ps() == c.begin_ps);
  CHECK(window.end.ps() == c.end_ps);
}

TEST_CASE("what is no window is the user's mistake") {
  const std::string text =
      GENERATE(as<std::string>(), "", "1ms", "1ms,", ",1ms", "0,1ms", "1ms,2", "2ms,1ms", "1ms,1ms",
               "1 cycles,2 cycles", "-1ms,1ms", "munmap", "munmap:", "1ms;2ms");
  CAPTURE(text);
  CHECK(user_error([&] { (void)parse_trace_window("--trace-window", text); }) ==
        "--trace-window: '" + text +
            "' is no window; expected [PHASE:]BEGIN,END such as 1ms,1.2ms or munmap:0us,200us, the end after "
            "the beginning");
}

}  // namespace
}  // namespace p9mmu::model
