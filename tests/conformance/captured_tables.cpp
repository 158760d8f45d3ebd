// Each recorded row, about page tables that a real kernel built, against the bare walk and against the
// caching MMU, cold and warm. The recordings are described in tests/conformance/README.md.
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "mmu/core_mmu.h"
#include "model/translate/check_rows.h"
#include "model/translate/image_file.h"

namespace p9mmu::model {
namespace {

using mmu::Access;
using mmu::Context;
using mmu::EffectiveAddress;
using mmu::Interrupt;
using mmu::Translation;

std::string data(const std::string& name) {
  return std::string(P9MMU_CONFORMANCE_DATA) + "/" + name;
}

std::istringstream recording(const std::string& name) {
  const std::vector<std::byte> bytes = read_bytes(data(name));
  return std::istringstream(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

TEST_CASE("the bare walk finds every recorded translation") {
  const auto [image_name, csv_name, rows] = GENERATE(table<std::string, std::string, std::uint64_t>({
      {"host-image.bin.xz", "host-probes.csv.xz", 10901},
      {"host-image.bin.xz", "host-accesses.csv.xz", 1636},
      {"guest-image.bin.xz", "guest-probes.csv.xz", 2921},
      {"guest-image.bin.xz", "guest-stage2.csv.xz", 2017},
  }));
  mmu::TableImage image = read_image_file(data(image_name));
  std::istringstream csv = recording(csv_name);
  std::ostringstream out;
  const CheckResult result = check_rows(image, csv, csv_name, out);
  INFO(out.str().substr(0, 2000));
  CHECK(result.rows == rows);
  CHECK(result.mismatches == 0);
}

/// What a row says about one access.
struct Expected {
  bool permitted = false;
  std::string status;
  std::uint64_t address = 0;
  unsigned page_shift = 0;
  std::uint64_t guest_address = 0;
};

std::uint64_t number(const Row& row, const std::string& column) {
  return row.at(column).empty() ? 0 : parse_number(row.at(column), column);
}

const char* column_of(Access access) {
  return access == Access::load ? "load" : access == Access::store ? "store" : "fetch";
}

Expected expected_of(RowKind kind, const Row& row, Access access) {
  Expected expected;
  expected.status = row.at("status");
  expected.address = number(row, "ra");
  const std::string column = column_of(access);
  if (kind == RowKind::nested_probe) {
    expected.guest_address = number(row, "gra");
    expected.permitted = number(row, "guest_" + column) != 0 && number(row, "host_" + column) != 0;
    expected.page_shift =
        static_cast<unsigned>(std::min(number(row, "guest_page_shift"), number(row, "host_page_shift")));
  } else {
    expected.permitted = number(row, column) != 0;
    expected.page_shift = static_cast<unsigned>(number(row, "page_shift"));
  }
  return expected;
}

/// The interrupt and bits that a row implies; R and C aside, which the machine here sets itself.
void check_translation(const Expected& expected, Access access, const Translation& found,
                       EffectiveAddress ea) {
  const bool fetch = access == Access::fetch;
  const std::uint32_t store = access == Access::store ? mmu::syndrome::kStore : 0;
  if (expected.permitted) {
    REQUIRE(found.ok());
    REQUIRE(found.address.value() == expected.address);
    REQUIRE(mmu::shift(found.size) == expected.page_shift);
    return;
  }
  REQUIRE_FALSE(found.ok());
  REQUIRE(found.fault.address == ea);
  if (expected.status == "segment") {
    REQUIRE(found.fault.interrupt == (fetch ? Interrupt::instruction_segment : Interrupt::data_segment));
  } else if (expected.status == "no-translation") {
    REQUIRE(found.fault.interrupt == (fetch ? Interrupt::instruction_storage : Interrupt::data_storage));
    REQUIRE(found.fault.syndrome == (mmu::syndrome::kNoTranslation | store));
  } else if (expected.status == "no-partition-translation" &&
             (found.fault.interrupt == Interrupt::hypervisor_data_storage ||
              found.fault.interrupt == Interrupt::hypervisor_instruction_storage)) {
    REQUIRE(found.fault.syndrome == (mmu::syndrome::kNoTranslation | store));
    REQUIRE(found.fault.guest_address.value() == expected.guest_address);
  } else {
    // The leaf, or with no-partition-translation the guest's leaf, does not permit it.
    const std::uint32_t denied = mmu::syndrome::kProtection | mmu::syndrome::kNoExecuteOrGuarded;
    REQUIRE((found.fault.syndrome & denied) != 0);
  }
}

TEST_CASE("the caching MMU finds every recorded translation, cold and warm") {
  const auto [image_name, csv_name] = GENERATE(table<std::string, std::string>(
      {{"host-image.bin.xz", "host-probes.csv.xz"}, {"guest-image.bin.xz", "guest-probes.csv.xz"}}));
  mmu::TableImage image = read_image_file(data(image_name));
  std::istringstream csv = recording(csv_name);
  mmu::MmuParameters parameters;
  parameters.rc_update = mmu::RcUpdate::hardware;
  mmu::CoreMmu warm(parameters, 4);
  std::uint64_t rows = 0;
  for_each_row(csv, csv_name, [&](int line, RowKind kind, const Row& row) {
    ++rows;
    Context context;
    context.ptcr = image.ptcr;
    context.hypervisor = number(row, "hv") != 0;
    context.problem_state = number(row, "pr") != 0;
    context.lpidr = mmu::Lpid(static_cast<std::uint32_t>(number(row, "lpid")));
    context.pidr = mmu::Pid(static_cast<std::uint32_t>(number(row, "pid")));
    const EffectiveAddress ea(number(row, "ea"));
    mmu::CoreMmu cold(parameters, 4);
    for (const Access access : {Access::load, Access::store, Access::fetch}) {
      INFO(csv_name << ":" << line << " " << column_of(access));
      const Expected expected = expected_of(kind, row, access);
      check_translation(expected, access, cold.translate(0, access, context, ea, image.memory), ea);
      check_translation(expected, access, cold.translate(0, access, context, ea, image.memory), ea);
      check_translation(expected, access, warm.translate(1, access, context, ea, image.memory), ea);
    }
  });
  CHECK(rows > 1000);
  CHECK(warm.counters().erat_hits + warm.counters().tlb_hits > 100);
}

}  // namespace
}  // namespace p9mmu::model
