#include "model/sweep/content_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

namespace p9mmu::model {

std::string content_hash(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const unsigned char byte : canonical.digest) {
    digits += kDigits[byte >> 4];
    digits += kDigits[byte & 0xf];
  }
  return digits;
}

}  // namespace p9mmu::model
