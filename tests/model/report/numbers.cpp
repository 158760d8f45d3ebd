#include "model/report/numbers.h"

#include <catch2/catch.hpp>

namespace p9mmu::model::report {
namespace {

TEST_CASE("thousands are separated by commas") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(32'251'904) == "32,251,904");
  CHECK(grouped(-1'234'567) == "-1,234,567");
  CHECK(fixed(1'229'247.456, 2) == "1,229,247.46");
  CHECK(fixed(-1'000, 1) == "-1,000.0");
}

TEST_CASE("a figure keeps at least so many significant digits and its whole number entire") {
  const auto [number, digits, text] = GENERATE(table<double, int, const char*>({{82'150.49, 4, "82,150"},
                                                                                {39.024, 4, "39.02"},
                                                                                {369.14, 4, "369.1"},
                                                                                {0.0391236, 4, "0.03912"},
                                                                                {1, 4, "1.000"},
                                                                                {0, 4, "0"},
                                                                                {39, 2, "39"}}));
  CHECK(significant(number, digits) == text);
}

TEST_CASE("a paragraph is wrapped at the text width and indented under its first word") {
  const std::string text = paragraph("  - ", std::string(100, 'a') + " bbb " + std::string(30, 'c') + "\nd");
  CHECK(text == "  - " + std::string(100, 'a') + " bbb\n    " + std::string(30, 'c') + " d\n");
  CHECK(paragraph("", "x") == "x\n");
}

}  // namespace
}  // namespace p9mmu::model::report
