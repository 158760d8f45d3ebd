#include "cpus/counters.h"

#include <catch2/catch.hpp>
#include <set>

using namespace p9mmu::cpus;

namespace {

struct Listed {
  std::vector<std::int64_t> values;
  std::set<std::string> names;
};
Listed list(const Counters& counters) {
  Listed listed;
  describe(counters, [&](const std::string& name, const char*, const std::string&, std::int64_t value) {
    listed.values.push_back(value);
    listed.names.insert(name);
  });
  return listed;
}

}  // namespace

TEST_CASE("every counter is described once, under a name of its own") {
  const Listed listed = list(Counters{});
  CHECK(listed.values.size() == sizeof(Counters) / sizeof(std::int64_t));
  CHECK(listed.names.size() == listed.values.size());
}

TEST_CASE("a phase counts what was counted between its two ends") {
  Counters begin;
  begin.tlbie_count = 3;
  begin.wakes[2] = 1;
  Counters end = begin;
  end.tlbie_count = 10;
  end.wakes[2] = 4;
  end.interrupts_replayed = 5;
  const Counters counted = difference(end, begin);
  CHECK(counted.tlbie_count == 7);
  CHECK(counted.wakes[2] == 3);
  CHECK(counted.interrupts_replayed == 5);
  CHECK(counted.hwsync_count == 0);
}
