#include "model/sweep/value_range.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using Kind = ValueRange::Kind;
using Values = std::vector<std::string>;

TEST_CASE("a range gives its values in the unit of its beginning, both ends as they are written") {
  const auto [range, values] = GENERATE(table<ValueRange, Values>({
      {{Kind::linear, "0.67", "1.78", 4, "", ""}, {"0.67", "1.04", "1.41", "1.78"}},
      {{Kind::linear, "0.1", "0.3", 0, "0.1", ""}, {"0.1", "0.2", "0.3"}},
      {{Kind::linear, "350 ns", "0.44us", 4, "", ""}, {"350 ns", "380 ns", "410 ns", "0.44us"}},
      {{Kind::linear, "1", "8", 0, "3", ""}, {"1", "4", "7"}},
      {{Kind::linear, "10 cycles", "60 cycles", 2, "", ""}, {"10 cycles", "60 cycles"}},
      {{Kind::geometric, "4", "1024", 5, "", ""}, {"4", "16", "64", "256", "1024"}},
      {{Kind::geometric, "16GiB", "4TiB", 0, "4", ""}, {"16GiB", "64GiB", "256GiB", "1024GiB", "4TiB"}},
      {{Kind::geometric, "1", "10", 3, "", ""}, {"1", "3.16228", "10"}},
      {{Kind::geometric, "1GiB", "4GiB", 4, "", "2MiB"}, {"1GiB", "1.587890625GiB", "2.51953125GiB", "4GiB"}},
      {{Kind::geometric, "1", "4", 10, "", "1"}, {"1", "2", "3", "4"}},
      {{Kind::linear, "64", "1000", 4, "", "64"}, {"64", "384", "704", "1024"}},
  }));
  CAPTURE(range.from, range.to);
  CHECK(values_of(range, {"plan.toml", 7}) == values);
}

TEST_CASE("a range that cannot be meant is refused with its line") {
  const auto [range, problem] = GENERATE(table<ValueRange, std::string>({
      {{Kind::linear, "2", "1", 3, "", ""},
       "plan.toml:7: the range from 2 to 1 is empty; expected the lesser end first"},
      {{Kind::linear, "x", "1", 3, "", ""},
       "plan.toml:7: from is 'x'; expected a number, with a unit where the value has one"},
      {{Kind::linear, "1 ns", "2 GiB", 3, "", ""},
       "plan.toml:7: to has the unit 'GiB' and from has 'ns'; expected units of one kind"},
      {{Kind::linear, "1 ns", "2", 3, "", ""},
       "plan.toml:7: to has the unit '' and from has 'ns'; expected units of one kind"},
      {{Kind::linear, "1", "2", 1, "", ""}, "plan.toml:7: points is 1; expected 2 to 100000"},
      {{Kind::linear, "1", "2", 0, "0", ""}, "plan.toml:7: step is '0'; expected a number above 0"},
      {{Kind::linear, "1", "2", 0, "1e-9", ""}, "plan.toml:7: the range has more than 100000 values"},
      {{Kind::geometric, "0", "2", 3, "", ""}, "plan.toml:7: a geometric range begins above 0"},
      {{Kind::geometric, "1", "2", 0, "1", ""}, "plan.toml:7: factor is '1'; expected a number above 1"},
      {{Kind::linear, "1", "2", 3, "", "0"}, "plan.toml:7: multiple_of is not above 0"},
  }));
  CHECK(user_error([&] { (void)values_of(range, {"plan.toml", 7}); }) == problem);
}

}  // namespace
}  // namespace p9mmu::model
