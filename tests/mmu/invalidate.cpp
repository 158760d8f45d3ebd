#include "mmu/invalidate.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace p9mmu::mmu {
namespace {

TEST_CASE("RB and RS are what Linux writes") {
  // The operands of one page's flush: EPN, IS=0, AP of the size; PID 0x1234 of the host.
  const auto page =
      TlbInvalidate::for_page(Lpid(0), Pid(0x1234), EffectiveAddress(0x7FFF00210000), PageSize::k64K);
  CHECK(page.encode_rb() == (0x7FFF00210000 | 5 << 5));
  CHECK(page.encode_rs() == 0x0000123400000000);
  const auto pid = TlbInvalidate::for_pid(Lpid(7), Pid(1), InvalidateCaches::all);
  CHECK(pid.encode_rb() == 0x400);
  CHECK(pid.encode_rs() == 0x0000000100000007);
  const auto lpid = TlbInvalidate::for_lpid(Lpid(7), false, InvalidateCaches::tlb);
  CHECK(lpid.encode_rb() == 0x800);
}

TEST_CASE("the set of a tlbiel stands in RB bits 40 to 51, and only there") {
  auto what = TlbInvalidate::for_pid(Lpid(0), Pid(9), InvalidateCaches::tlb);
  what.set = 127;
  CHECK(what.encode_rb(true) == (0x400 | 127U << 12));
  CHECK(what.encode_rb(false) == 0x400);
  CHECK(TlbInvalidate::decode_in_partition(what.encode_rb(true), what.encode_rs(), 0, true, true, Lpid(0)) ==
        what);
}

TEST_CASE("every combination of fields survives encoding and decoding") {
  for (unsigned ric = 0; ric < 4; ++ric) {
    for (unsigned flags = 0; flags < 4; ++flags) {
      for (unsigned scope = 0; scope < 4; ++scope) {
        for (const PageSize size : {PageSize::k4K, PageSize::k64K, PageSize::k2M, PageSize::k1G}) {
          TlbInvalidate what;
          what.ric = static_cast<InvalidateCaches>(ric);
          what.process_scoped = (flags & 1) != 0;
          what.radix = (flags & 2) != 0;
          what.scope = static_cast<InvalidateScope>(scope);
          if (what.scope == InvalidateScope::page) {
            what.page_address = 0x000123456789A000;
            what.page_size = size;
          }
          what.lpid = Lpid(0xABC);
          what.pid = Pid(0xFEDCB);
          CHECK(TlbInvalidate::decode(what.encode_rb(), what.encode_rs(), ric, what.process_scoped,
                                      what.radix) == what);
        }
      }
    }
  }
}

TEST_CASE("a guest's instruction names the PID; the LPID is its own, whatever RS says") {
  const auto what = TlbInvalidate::decode_in_partition(0x400, 0x0000000500000063, 0, true, true, Lpid(2));
  CHECK(what.lpid == Lpid(2));
  CHECK(what.pid == Pid(5));
}

TEST_CASE("the invalid forms are exactly those of the ISA") {
  for (unsigned ric = 0; ric < 4; ++ric) {
    for (unsigned scope = 0; scope < 4; ++scope) {
      for (const bool process_scoped : {false, true}) {
        for (std::uint64_t ap = 0; ap < 8; ++ap) {
          CAPTURE(ric, scope, process_scoped, ap);
          const std::uint64_t rb = 0x7FFF00200000 | std::uint64_t{scope} << 10 | ap << 5;
          const auto what = TlbInvalidate::decode(rb, 0x0000000500000000, ric, process_scoped, true);
          const bool page = scope == 0;
          const bool known_size = ap == 0 || ap == 5 || ap == 1 || ap == 2;
          bool valid = true;
          if (ric == 3) {
            valid = page && (ap == 5 || ap == 1);  // the pages of a cluster fill 64K or 2M
          } else if (page) {
            valid = ric == 0 && known_size;
          }
          if (scope == 1 && !process_scoped) {
            valid = false;
          }
          CHECK((what.form() == InvalidateForm::valid) == valid);
        }
      }
    }
  }
}

TEST_CASE("a page of a quadrant other than 0 is boundedly undefined, process-scoped") {
  const std::uint64_t rb = 0xC000000000200000 | 1U << 5;
  CHECK(TlbInvalidate::decode(rb, 0, 0, true, true).form() == InvalidateForm::boundedly_undefined);
  CHECK(TlbInvalidate::decode(rb, 0, 0, false, true).form() == InvalidateForm::valid);
}

}  // namespace
}  // namespace p9mmu::mmu
