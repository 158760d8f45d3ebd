// Catch2, with times that print as picoseconds in a failing assertion.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "interconnect/time.h"

template <>
struct Catch::StringMaker<p9mmu::interconnect::Time> {
  static std::string convert(const p9mmu::interconnect::Time& time) {
    return time == p9mmu::interconnect::Time::never() ? "never" : std::to_string(time.ps()) + " ps";
  }
};
