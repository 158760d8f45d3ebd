#include "model/report/table.h"

#include <catch2/catch.hpp>

namespace p9mmu::model::report {
namespace {

TEST_CASE("columns are aligned under their headings, words left and numbers right") {
  CHECK(render_table({{"", "kernel", true}, {"per PMD", "ns"}, {"", "is", true}},
                     {{"ipi", "323,500", "calibration"}, {"ipi-free", "154", ""}}) ==
        "          per PMD\n"
        "kernel         ns  is\n"
        "ipi       323,500  calibration\n"
        "ipi-free      154\n");
}

TEST_CASE("a heading with nothing above is one line, and a wide table moves together") {
  const std::string wide(58, 'x');
  CHECK(render_table({{"", "a"}, {"", "b"}, {"", "c"}}, {{wide, wide, "1"}}) ==
        std::string(57, ' ') + "a " + std::string(57, ' ') + "b c\n" + wide + " " + wide + " 1\n");
}

}  // namespace
}  // namespace p9mmu::model::report
