// The entry point. SystemC's library has a main of its own, which this one replaces, and it wants an sc_main
// to call from there, which nobody calls here.
#include <csignal>
#include <cstdlib>

#include "model/cli/program.h"
#include "model/machine/simulate.h"

extern "C" int sc_main(int, char**);

extern "C" int sc_main(int, char**) {
  return 0;
}

int main(int argc, char** argv) {
  // Before the library's first use, which would print its banner into the results.
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  // A closed pipe is an error of write(), reported as such, instead of a silent death.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  p9mmu::model::Environment environment;
  environment.simulate = p9mmu::model::simulate;
  return static_cast<int>(p9mmu::model::run_program(words, environment));
}
