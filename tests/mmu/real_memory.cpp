#include "mmu/real_memory.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace p9mmu::mmu {
namespace {

TEST_CASE("memory that was never written reads as zero and takes no room") {
  RealMemory memory;
  CHECK(memory.read64(RealAddress(0)) == 0);
  CHECK(memory.read64(RealAddress(0x000FFFFFFFFFFFF8)) == 0);
  memory.write64(RealAddress(0x123456780), 0);
  CHECK(memory.resident_bytes() == 0);
}

TEST_CASE("a double word is stored big-endian") {
  RealMemory memory;
  memory.write64(RealAddress(0x1000), 0x0102030405060708);
  std::array<std::byte, 8> bytes{};
  memory.read(RealAddress(0x1000), bytes);
  for (unsigned i = 0; i < 8; ++i) {
    CHECK(bytes[i] == static_cast<std::byte>(i + 1));
  }
}

TEST_CASE("double words come back from wherever they were written") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  RealMemory memory;
  std::map<std::uint64_t, std::uint64_t> model;
  for (int i = 0; i < 20000; ++i) {
    const unsigned width = 10 + static_cast<unsigned>(random() % 42);
    const std::uint64_t address = random() % (std::uint64_t{1} << width) & ~std::uint64_t{7};
    if (random() % 2 == 0) {
      model[address] = random() % 4 == 0 ? 0 : random();
      memory.write64(RealAddress(address), model[address]);
    }
    const auto at = model.find(address);
    REQUIRE(memory.read64(RealAddress(address)) == (at == model.end() ? 0 : at->second));
  }
  for (const auto& [address, value] : model) {
    REQUIRE(memory.read64(RealAddress(address)) == value);
  }
}

TEST_CASE("byte ranges may begin and end anywhere and cross lines and regions") {
  RealMemory memory;
  const std::uint64_t start = GENERATE(0x0FFFFF5U, 0x7FU, 0x1001U);
  std::vector<std::byte> in(700);
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = static_cast<std::byte>(i * 7 + 1);
  }
  memory.write(RealAddress(start), in);
  std::vector<std::byte> out(in.size() + 2);
  memory.read(RealAddress(start - 1), out);
  CHECK(out.front() == std::byte{0});
  CHECK(out.back() == std::byte{0});
  CHECK(std::vector<std::byte>(out.begin() + 1, out.end() - 1) == in);
}

TEST_CASE("a table of which one line is written costs one line") {
  RealMemory memory;
  constexpr std::uint64_t kTables = 1000;
  for (std::uint64_t i = 0; i < kTables; ++i) {
    memory.write64(RealAddress(i * 4096), i + 1);
    memory.write64(RealAddress(i * 4096 + 8), i + 1);
  }
  CHECK(memory.resident_bytes() == kTables * RealMemory::kLineBytes);
}

TEST_CASE("lines keep their contents while others come, and a new one is zero but for what was written") {
  RealMemory memory;
  constexpr std::uint64_t kLines = 100000;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    memory.write64(RealAddress(i * 4096 + 8), i + 1);
  }
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    wrong += memory.read64(RealAddress(i * 4096 + 8)) != i + 1 ? 1 : 0;
    wrong += memory.read64(RealAddress(i * 4096)) != 0 ? 1 : 0;
    wrong += memory.read64(RealAddress(i * 4096 + 120)) != 0 ? 1 : 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("memory ends where its size says") {
  RealMemory memory(0x10000);
  CHECK(memory.contains(RealAddress(0xFFF8), 8));
  CHECK_FALSE(memory.contains(RealAddress(0xFFF9), 8));
  CHECK_FALSE(memory.contains(RealAddress(~std::uint64_t{0}), 8));
  CHECK(memory.read64(RealAddress(0x10000)) == 0);
}

TEST_CASE("a memory that was moved keeps its contents") {
  RealMemory first;
  first.write64(RealAddress(0x5000), 77);
  RealMemory second(std::move(first));
  CHECK(second.read64(RealAddress(0x5000)) == 77);
}

}  // namespace
}  // namespace p9mmu::mmu
