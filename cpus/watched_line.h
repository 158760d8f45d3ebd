// A line with those who spin on it. A spinning CPU costs no events: it waits here until somebody stores to
// the line, and goes on when the line has travelled to it.
#pragma once

#include <vector>

#include "interconnect/line.h"

namespace p9mmu::cpus {

class Cpu;

struct WatchedLine {
  interconnect::Line line;
  std::vector<Cpu*> watchers;  ///< in the order in which they came
};

void watch(WatchedLine& line, Cpu& cpu);
void unwatch(WatchedLine& line, Cpu& cpu);
/// A store by `storer` is done: everybody who watches goes on when the line has come to him.
void wake_watchers(WatchedLine& line, Cpu& storer);

}  // namespace p9mmu::cpus
