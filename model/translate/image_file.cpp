#include "model/translate/image_file.h"

#include <lzma.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

constexpr std::array<unsigned char, 6> kXzMagic = {0xFD, '7', 'z', 'X', 'Z', 0};

std::vector<std::byte> read_plain(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw mmu::UserError(path + ": " + std::strerror(errno));
  }
  std::vector<std::byte> bytes;
  std::array<char, 65536> part{};
  while (file.read(part.data(), part.size()), file.gcount() > 0) {
    const auto* from = reinterpret_cast<const std::byte*>(part.data());
    bytes.insert(bytes.end(), from, from + file.gcount());
    if (bytes.size() > kMostFileBytes) {
      throw mmu::UserError(path + ": larger than 1 GiB; expected a captured image");
    }
  }
  if (!file.eof()) {
    throw mmu::UserError(path + ": cannot be read as a file");
  }
  return bytes;
}

struct EndStream {
  void operator()(lzma_stream* stream) const { lzma_end(stream); }
};

std::vector<std::byte> expand(const std::vector<std::byte>& packed, const std::string& path) {
  constexpr std::uint64_t kDecoderMemory = std::uint64_t{256} << 20;
  lzma_stream stream = LZMA_STREAM_INIT;
  const std::unique_ptr<lzma_stream, EndStream> end(&stream);
  if (lzma_stream_decoder(&stream, kDecoderMemory, LZMA_CONCATENATED) != LZMA_OK) {
    throw mmu::UserError(path + ": no memory to expand it");
  }
  std::vector<std::byte> bytes;
  std::array<std::uint8_t, 65536> part{};
  stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  for (lzma_ret result = LZMA_OK; result != LZMA_STREAM_END;) {
    stream.next_out = part.data();
    stream.avail_out = part.size();
    result = lzma_code(&stream, LZMA_FINISH);
    if (result != LZMA_OK && result != LZMA_STREAM_END) {
      throw mmu::UserError(path + ": damaged or truncated xz data; expected a whole .xz file");
    }
    const auto* from = reinterpret_cast<const std::byte*>(part.data());
    bytes.insert(bytes.end(), from, from + (part.size() - stream.avail_out));
    if (bytes.size() > kMostFileBytes) {
      throw mmu::UserError(path + ": expands to more than 1 GiB; expected a captured image");
    }
  }
  return bytes;
}

}  // namespace

std::vector<std::byte> read_bytes(const std::string& path) {
  std::vector<std::byte> bytes = read_plain(path);
  const bool xz = bytes.size() >= kXzMagic.size() &&
                  std::equal(kXzMagic.begin(), kXzMagic.end(), bytes.begin(),
                             [](unsigned char c, std::byte b) { return static_cast<std::byte>(c) == b; });
  return xz ? expand(bytes, path) : bytes;
}

mmu::TableImage read_image_file(const std::string& path) {
  return mmu::read_table_image(read_bytes(path), path);
}

}  // namespace p9mmu::model
