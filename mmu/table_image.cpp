#include "mmu/table_image.h"

#include <algorithm>
#include <string_view>

#include "mmu/error.h"

namespace p9mmu::mmu {
namespace {

constexpr std::string_view kMagic = "P9PTIMG1";
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameBytes = 4096;
constexpr std::size_t kAddressBytes = 8;

std::uint64_t little_endian(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  }
  return value;
}

void append_little_endian(std::vector<std::byte>& bytes, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
}

/// The number of frames, after the header and the length have been found to agree.
std::uint64_t checked_frames(std::span<const std::byte> bytes, const std::string& name) {
  const auto magic_matches = [&] {
    return std::equal(kMagic.begin(), kMagic.end(), bytes.begin(),
                      [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
  };
  if (bytes.size() < kMagic.size() || !magic_matches()) {
    throw UserError(name + ": not a captured image; expected it to begin with " + std::string(kMagic));
  }
  if (bytes.size() < kHeaderBytes) {
    throw UserError(name + ": truncated in the header: " + std::to_string(bytes.size()) +
                    " bytes; expected " + std::to_string(kHeaderBytes) + " or more");
  }
  const std::uint64_t frames = little_endian(bytes, 8);
  const std::uint64_t room = (bytes.size() - kHeaderBytes) / (kAddressBytes + kFrameBytes);
  if (frames != room || bytes.size() != kHeaderBytes + frames * (kAddressBytes + kFrameBytes)) {
    throw UserError(name + ": " + (frames > room ? "truncated" : "longer than it should be") +
                    ": the header names " + std::to_string(frames) + " frames, the " +
                    std::to_string(bytes.size()) + " bytes hold " + std::to_string(room));
  }
  return frames;
}

}  // namespace

TableImage read_table_image(std::span<const std::byte> bytes, const std::string& name) {
  const std::uint64_t frames = checked_frames(bytes, name);
  TableImage image;
  image.ptcr.value = little_endian(bytes, 16);
  const std::uint64_t lpid = little_endian(bytes, 24);
  if (lpid >= std::uint64_t{1} << kLpidBits) {
    throw UserError(name + ": LPID " + std::to_string(lpid) + "; expected at most 4095");
  }
  image.lpid = Lpid(static_cast<std::uint32_t>(lpid));
  const std::size_t first_frame = kHeaderBytes + frames * kAddressBytes;
  std::uint64_t least = 0;
  for (std::uint64_t i = 0; i < frames; ++i) {
    const std::uint64_t address = little_endian(bytes, kHeaderBytes + i * kAddressBytes);
    if (address < least || address % kFrameBytes != 0 ||
        !image.memory.contains(RealAddress(address), kFrameBytes)) {
      throw UserError(name + ": frame " + std::to_string(i) + " lies at " + std::to_string(address) +
                      "; expected ascending multiples of 4096 below 2^52");
    }
    least = address + kFrameBytes;
    image.memory.write(RealAddress(address), bytes.subspan(first_frame + i * kFrameBytes, kFrameBytes));
  }
  return image;
}

std::vector<std::byte> write_table_image(const TableImage& image, std::span<const RealAddress> frames) {
  std::vector<std::byte> bytes;
  for (const char c : kMagic) {
    bytes.push_back(static_cast<std::byte>(c));
  }
  append_little_endian(bytes, frames.size());
  append_little_endian(bytes, image.ptcr.value);
  append_little_endian(bytes, image.lpid.value());
  for (const RealAddress frame : frames) {
    append_little_endian(bytes, frame.value());
  }
  for (const RealAddress frame : frames) {
    const std::size_t at = bytes.size();
    bytes.resize(at + kFrameBytes);
    image.memory.read(frame, std::span(bytes).subspan(at));
  }
  return bytes;
}

}  // namespace p9mmu::mmu
