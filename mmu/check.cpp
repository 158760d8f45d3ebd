#include "mmu/check.h"

#include <cstdio>
#include <cstdlib>

namespace p9mmu::mmu {

void check_failed(const char* expression, const char* file, int line, const std::string& values) {
  std::fprintf(stderr, "p9mmu: broken invariant at %s:%d: %s (%s)\n", file, line, expression, values.c_str());
  std::abort();
}

}  // namespace p9mmu::mmu
