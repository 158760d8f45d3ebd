#include "model/machine/quantity.h"

#include <catch2/catch.hpp>

namespace p9mmu::model {
namespace {

ParameterSlot slot(ParameterKind kind) {
  ParameterSlot result;
  result.kind = kind;
  result.choices = {"menu", "fixed"};
  return result;
}

struct Good {
  ParameterKind kind;
  const char* text;
  double number;
  bool in_cycles;
};

TEST_CASE("a value with the unit of its kind is read, with and without a space") {
  using Kind = ParameterKind;
  const Good good = GENERATE(values<Good>({{Kind::time, "370 ns", 370'000, false},
                                           {Kind::time, "370ns", 370'000, false},
                                           {Kind::time, "1.5 us", 1'500'000, false},
                                           {Kind::time, "13.956 us", 13'956'000, false},
                                           {Kind::time, "1.06567 ms", 1'065'670'000, false},
                                           {Kind::time, "2ms", 2'000'000'000, false},
                                           {Kind::time, "7 ps", 7, false},
                                           {Kind::time, "0 ns", 0, false},
                                           {Kind::time, " 1000 s ", 1e15, false},
                                           {Kind::time, "42 cycles", 42, true},
                                           {Kind::time, "15.5cycles", 15.5, true},
                                           {Kind::count, "128", 128, false},
                                           {Kind::count, "4294967295", 4294967295.0, false},
                                           {Kind::ratio, "0.67", 0.67, false},
                                           {Kind::flag, "true", 1, false},
                                           {Kind::flag, "false", 0, false},
                                           {Kind::choice, "fixed", 1, false},
                                           {Kind::frequency, "3.8 GHz", 3.8e9, false},
                                           {Kind::frequency, "512MHz", 5.12e8, false}}));
  CAPTURE(good.text);
  const std::optional<Quantity> read = parse_quantity(slot(good.kind), good.text);
  REQUIRE(read);
  CHECK(read->number == good.number);
  CHECK(read->in_cycles == good.in_cycles);
}

TEST_CASE("a value without unit, with a wrong one, or out of what can be computed with is not read") {
  using Kind = ParameterKind;
  const auto [kind, text] = GENERATE(table<ParameterKind, const char*>({
      {Kind::time, "370"},
      {Kind::time, "370 Hz"},
      {Kind::time, "370 nss"},
      {Kind::time, "-1 ns"},
      {Kind::time, "nan ns"},
      {Kind::time, "inf ns"},
      {Kind::time, "1e30 s"},
      {Kind::time, "1001 s"},
      {Kind::time, ""},
      {Kind::time, "ns"},
      {Kind::time, "1e13 cycles"},
      {Kind::time, "1,5 us"},
      {Kind::count, "1.5"},
      {Kind::count, "-1"},
      {Kind::count, "4294967296"},
      {Kind::count, "128 CPUs"},
      {Kind::count, "1,024"},
      {Kind::ratio, "1 ns"},
      {Kind::ratio, "one"},
      {Kind::flag, "1"},
      {Kind::flag, "True"},
      {Kind::choice, "menus"},
      {Kind::frequency, "3.8"},
      {Kind::frequency, "3.8 ns"},
      {Kind::frequency, "0.1 Hz"},
      {Kind::frequency, "3.8 ghz"},
  }));
  CAPTURE(text);
  CHECK_FALSE(parse_quantity(slot(kind), text));
}

TEST_CASE("cycles become picoseconds of the machine's clock, rounded to the nearest") {
  const Quantity cycles{42, true};
  CHECK(cycles.at(interconnect::Frequency(3.8e9)) == 11'053);
  CHECK(cycles.at(interconnect::Frequency(2.8e9)) == 15'000);
  CHECK(Quantity{42, false}.at(interconnect::Frequency(2.8e9)) == 42);
}

TEST_CASE("a value is shown with one space before its unit") {
  CHECK(tidy(ParameterKind::time, "400ns") == "400 ns");
  CHECK(tidy(ParameterKind::frequency, "  3.8   GHz ") == "3.8 GHz");
  CHECK(tidy(ParameterKind::count, "128") == "128");
}

TEST_CASE("a word that looks like a number with a unit stays what it is") {
  CHECK(tidy(ParameterKind::choice, "4K") == "4K");
  CHECK(tidy(ParameterKind::choice, " 1G ") == "1G");
  CHECK(tidy(ParameterKind::choice, "since-2018-03") == "since-2018-03");
}

}  // namespace
}  // namespace p9mmu::model
