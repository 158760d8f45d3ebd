// libFuzzer target: no bytes make the image reader do anything but read an image or refuse it with one line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "mmu/error.h"
#include "mmu/table_image.h"
#include "mmu/walk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace p9mmu::mmu;
  try {
    const TableImage image = read_table_image(std::as_bytes(std::span(data, size)), "fuzz");
    Context context;
    context.ptcr = image.ptcr;
    context.lpidr = image.lpid;
    context.hypervisor = image.lpid == Lpid(0);
    WalkTrace trace;
    const Walk walk = find_mapping(image.memory, context, EffectiveAddress(0), trace);
    if (walk.ok() && trace.references().empty()) {
      std::abort();
    }
  } catch (const UserError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) {
      std::abort();
    }
  }
  return 0;
}
