// Each recorded row, about page tables that a real kernel built, against the bare walk and against the
// caching MMU, cold and warm. The recordings are described in tests/conformance/README.md.
#include <algorithm>
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
  Access access = Access::load;
  bool permitted = false;
  std::string status;
  std::uint64_t address = 0;
  unsigned page_shift = 0;
  std::uint64_t guest_address = 0;
  std::uint64_t dsisr = 0;  ///< 0: not recorded
};

std::uint64_t number(const Row& row, const std::string& column) {
  const auto cell = row.find(column);
  return cell == row.end() || cell->second.empty() ? 0 : parse_number(cell->second, column);
}

const char* column_of(Access access) {
  return access == Access::load ? "load" : access == Access::store ? "store" : "fetch";
}

/// Where the machine is when it makes the row's accesses: a row of the partition-scoped tree alone is what
/// guest real mode uses.
Context context_of(const mmu::TableImage& image, RowKind kind, const Row& row) {
  Context context;
  context.ptcr = image.ptcr;
  if (kind == RowKind::stage2) {
    context.hypervisor = context.data_relocation = context.instruction_relocation = false;
    context.lpidr = image.lpid;
    return context;
  }
  context.hypervisor = kind == RowKind::access || number(row, "hv") != 0;
  context.problem_state = kind == RowKind::access || number(row, "pr") != 0;
  context.lpidr = mmu::Lpid(static_cast<std::uint32_t>(number(row, "lpid")));
  context.pidr = mmu::Pid(static_cast<std::uint32_t>(number(row, "pid")));
  return context;
}

bool permitted(RowKind kind, const Row& row, Access access) {
  const std::string column = column_of(access);
  const mmu::RadixEntry leaf{number(row, "pte")};
  switch (kind) {
    case RowKind::access:
      return number(row, "permitted") != 0;
    case RowKind::probe:
      return number(row, column) != 0;
    case RowKind::nested_probe:
      return number(row, "guest_" + column) != 0 && number(row, "host_" + column) != 0;
    case RowKind::stage2:
      return access == Access::load    ? leaf.readable()
             : access == Access::store ? leaf.writable()
                                       : leaf.executable();
  }
  return false;
}

/// One for the access of a row that names one, and for each kind of access otherwise.
std::vector<Expected> expected_of(RowKind kind, const Row& row) {
  std::vector<Expected> all;
  for (const Access access : {Access::load, Access::store, Access::fetch}) {
    if (kind == RowKind::access && row.at("access") != column_of(access)) {
      continue;
    }
    Expected expected;
    expected.access = access;
    expected.permitted = permitted(kind, row, access);
    expected.status = row.at("status");
    expected.address = number(row, "ra");
    expected.guest_address = number(row, "gra");
    expected.dsisr = number(row, "dsisr");
    expected.page_shift =
        static_cast<unsigned>(kind == RowKind::nested_probe
                                  ? std::min(number(row, "guest_page_shift"), number(row, "host_page_shift"))
                                  : number(row, "page_shift"));
    if (kind == RowKind::stage2 && expected.status == "no-translation") {
      expected.status = "no-partition-translation";
    }
    all.push_back(expected);
  }
  return all;
}

/// The interrupt and bits that a row implies; R and C aside, which the machine here sets itself.
void check_translation(const Expected& expected, const Translation& found, EffectiveAddress ea) {
  const Access access = expected.access;
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
  if (expected.dsisr != 0) {
    REQUIRE(found.fault.syndrome == expected.dsisr);
  }
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
  const auto [image_name, csv_name, recorded] = GENERATE(table<std::string, std::string, std::uint64_t>({
      {"host-image.bin.xz", "host-probes.csv.xz", 10901},
      {"host-image.bin.xz", "host-accesses.csv.xz", 1636},
      {"guest-image.bin.xz", "guest-probes.csv.xz", 2921},
      {"guest-image.bin.xz", "guest-stage2.csv.xz", 2017},
  }));
  mmu::TableImage image = read_image_file(data(image_name));
  std::istringstream csv = recording(csv_name);
  mmu::MmuParameters parameters;
  parameters.rc_update = mmu::RcUpdate::hardware;
  mmu::CoreMmu warm(parameters, 4);
  std::uint64_t rows = 0;
  std::uint64_t hits = 0;
  for_each_row(csv, csv_name, [&](int line, RowKind kind, const Row& row) {
    ++rows;
    const Context context = context_of(image, kind, row);
    const EffectiveAddress ea(number(row, kind == RowKind::stage2 ? "gra" : "ea"));
    mmu::CoreMmu cold(parameters, 4);
    for (const Expected& expected : expected_of(kind, row)) {
      const Access access = expected.access;
      INFO(csv_name << ":" << line << " " << column_of(access));
      check_translation(expected, cold.translate(0, access, context, ea, image.memory), ea);
      check_translation(expected, cold.translate(0, access, context, ea, image.memory), ea);
      check_translation(expected, warm.translate(1, access, context, ea, image.memory), ea);
    }
    hits += cold.counters().erat_hits;
  });
  CHECK(rows == recorded);
  CHECK(hits > recorded / 4);  // the others are of pages that are not there, or that may not be used so
}

}  // namespace
}  // namespace p9mmu::model
