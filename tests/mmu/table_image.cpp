#include "mmu/table_image.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mmu/error.h"

namespace p9mmu::mmu {
namespace {

const std::array<RealAddress, 3> kFrames = {RealAddress(0x1000), RealAddress(0x2000),
                                            RealAddress(0xFFFFFFFFFF000)};

std::vector<std::byte> sample() {
  TableImage image;
  image.ptcr.value = 0x10004;
  image.lpid = Lpid(3);
  for (const RealAddress frame : kFrames) {
    image.memory.write64(frame + 0xFF8, frame.value() + 1);
  }
  return write_table_image(image, kFrames);
}

TEST_CASE("an image comes back as it was written") {
  const TableImage image = read_table_image(sample(), "image");
  CHECK(image.ptcr.value == 0x10004);
  CHECK(image.lpid == Lpid(3));
  for (const RealAddress frame : kFrames) {
    CHECK(image.memory.read64(frame + 0xFF8) == frame.value() + 1);
  }
  CHECK(image.memory.read64(RealAddress(0x3000)) == 0);
}

TEST_CASE("an image cut anywhere is refused") {
  const std::vector<std::byte> whole = sample();
  for (std::size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 997) {
    CAPTURE(size);
    CHECK_THROWS_AS(read_table_image(std::span(whole).first(size), "image"), UserError);
  }
}

TEST_CASE("an image that contradicts itself is refused") {
  std::vector<std::byte> bytes = sample();
  SECTION("another magic") {
    bytes[7] = std::byte{'2'};
  }
  SECTION("a byte too many") {
    bytes.push_back(std::byte{0});
  }
  SECTION("more frames than fit in 64 bits of length") {
    bytes[15] = std::byte{0xFF};
  }
  SECTION("an LPID of more than 12 bits") {
    bytes[25] = std::byte{0x10};
  }
  SECTION("frames out of order") {
    bytes[32 + 1] = std::byte{0x30};
  }
  SECTION("the same frame twice") {
    bytes[32 + 1] = std::byte{0x20};
  }
  SECTION("a frame that is not aligned") {
    bytes[32] = std::byte{1};
  }
  SECTION("a frame beyond real memory") {
    bytes[32 + 16 + 6] = std::byte{0x1F};
  }
  CHECK_THROWS_AS(read_table_image(bytes, "image"), UserError);
}

}  // namespace
}  // namespace p9mmu::mmu
