#include "workloads/script/budget.h"

#include <catch2/catch.hpp>

namespace p9mmu::workloads {
namespace {

TEST_CASE("the last unit of work may be used, the next may not, and spent stays spent") {
  Budget budget(1000, 10);
  budget.begin();
  CHECK(budget.charge(10));
  CHECK_FALSE(budget.spent());
  CHECK(budget.charge(0));
  CHECK_FALSE(budget.charge(1));
  CHECK(budget.spent());
  CHECK_FALSE(budget.charge(0));
}

TEST_CASE("the allocator gives the last byte and refuses the next") {
  Budget budget(1000, 1000);
  void* const block = Budget::reallocate(&budget, nullptr, 0, 1000);
  REQUIRE(block != nullptr);
  CHECK(budget.memory_used_bytes() == 1000);
  CHECK(Budget::reallocate(&budget, nullptr, 0, 1) == nullptr);
  CHECK(budget.memory_used_bytes() == 1000);
  CHECK(Budget::reallocate(&budget, block, 1000, 0) == nullptr);
  CHECK(budget.memory_used_bytes() == 0);
}

TEST_CASE("a block that cannot grow stays as it is") {
  Budget budget(1000, 1000);
  void* const block = Budget::reallocate(&budget, nullptr, 0, 600);
  CHECK(Budget::reallocate(&budget, block, 600, 1001) == nullptr);
  CHECK(budget.memory_used_bytes() == 600);
  void* const shrunk = Budget::reallocate(&budget, block, 600, 100);
  CHECK(budget.memory_used_bytes() == 100);
  Budget::reallocate(&budget, shrunk, 100, 0);
}

TEST_CASE("what Lua passes as the old size of a new block is not a size") {
  Budget budget(1000, 1000);
  void* const block = Budget::reallocate(&budget, nullptr, 5, 10);
  CHECK(budget.memory_used_bytes() == 10);
  Budget::reallocate(&budget, block, 10, 0);
}

TEST_CASE("growing costs work, so that copying cannot go on for ever") {
  Budget budget(std::size_t{1} << 20, 1000);
  budget.begin();
  void* block = Budget::reallocate(&budget, nullptr, 0, 6400);
  CHECK(budget.work_left() == 600);
  block = Budget::reallocate(&budget, block, 6400, 64);
  CHECK(budget.work_left() == 600);
  Budget::reallocate(&budget, block, 64, 0);
}

TEST_CASE("who has no work left gets no memory, but may give it back") {
  Budget budget(1000, 1);
  void* const block = Budget::reallocate(&budget, nullptr, 0, 100);
  budget.begin();
  CHECK_FALSE(budget.charge(2));
  CHECK(Budget::reallocate(&budget, nullptr, 0, 1) == nullptr);
  CHECK(Budget::reallocate(&budget, block, 100, 101) == nullptr);
  CHECK(Budget::reallocate(&budget, block, 100, 0) == nullptr);
  CHECK(budget.memory_used_bytes() == 0);
}

TEST_CASE("work before the beginning is free") {
  Budget budget(1000, 10);
  CHECK(budget.charge(1000));
  budget.begin();
  CHECK(budget.work_left() == 10);
}

}  // namespace
}  // namespace p9mmu::workloads
