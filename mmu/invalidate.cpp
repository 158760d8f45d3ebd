#include "mmu/invalidate.h"

namespace p9mmu::mmu {
namespace {

// RB: EPN in bits 0:51, IS in 52:53, AP in 56:58; for tlbiel with IS other than 0, SET in 40:51.
constexpr std::uint64_t kPageMask = ~std::uint64_t{0xFFF};
constexpr unsigned kScopeShift = 10;
constexpr unsigned kPageSizeShift = 5;
constexpr unsigned kSetShift = 12;
constexpr std::uint64_t kSetMask = 0xFFF;
constexpr unsigned kPidShift = 32;
constexpr std::uint64_t kLpidMask = (std::uint64_t{1} << kLpidBits) - 1;
constexpr std::uint64_t kPidMask = (std::uint64_t{1} << kPidBits) - 1;

}  // namespace

std::uint64_t TlbInvalidate::encode_rb(bool local) const {
  std::uint64_t rb = static_cast<std::uint64_t>(scope) << kScopeShift;
  if (scope == InvalidateScope::page) {
    constexpr std::uint64_t kReservedPageSize = 7;
    rb |= page_address & kPageMask;
    rb |= (page_size.has_value() ? actual_page_encoding(*page_size) : kReservedPageSize) << kPageSizeShift;
  } else if (local) {
    rb |= std::uint64_t{set} << kSetShift;
  }
  return rb;
}

std::uint64_t TlbInvalidate::encode_rs() const {
  return (std::uint64_t{pid.value()} << kPidShift) | lpid.value();
}

TlbInvalidate TlbInvalidate::decode(std::uint64_t rb, std::uint64_t rs, unsigned ric, bool process_scoped,
                                    bool radix) {
  TlbInvalidate result = decode_in_partition(rb, rs, ric, process_scoped, radix,
                                             Lpid(static_cast<std::uint32_t>(rs & kLpidMask)));
  result.set = 0;
  return result;
}

TlbInvalidate TlbInvalidate::decode_in_partition(std::uint64_t rb, std::uint64_t rs, unsigned ric,
                                                 bool process_scoped, bool radix, Lpid lpidr) {
  TlbInvalidate result;
  result.ric = static_cast<InvalidateCaches>(ric & 3);
  result.process_scoped = process_scoped;
  result.radix = radix;
  result.scope = static_cast<InvalidateScope>((rb >> kScopeShift) & 3);
  if (result.scope == InvalidateScope::page) {
    result.page_address = rb & kPageMask;
    result.page_size = actual_page_size((rb >> kPageSizeShift) & 7);
  } else {
    result.set = static_cast<std::uint32_t>((rb >> kSetShift) & kSetMask);
  }
  result.lpid = lpidr;
  result.pid = Pid(static_cast<std::uint32_t>((rs >> kPidShift) & kPidMask));
  return result;
}

InvalidateForm TlbInvalidate::form() const {
  if (scope == InvalidateScope::pid && !process_scoped) {
    return InvalidateForm::invalid;  // a partition-scoped translation has no PID
  }
  if (ric == InvalidateCaches::tlb_cluster) {
    const bool cluster = radix && scope == InvalidateScope::page &&
                         (page_size == PageSize::k64K || page_size == PageSize::k2M);
    return cluster ? InvalidateForm::valid : InvalidateForm::invalid;
  }
  if (scope == InvalidateScope::page) {
    if (ric != InvalidateCaches::tlb || !page_size.has_value()) {
      return InvalidateForm::invalid;
    }
    constexpr unsigned kQuadrantShift = 62;
    if (radix && process_scoped && (page_address >> kQuadrantShift) != 0) {
      return InvalidateForm::boundedly_undefined;
    }
  }
  return InvalidateForm::valid;
}

OwnerBits TlbInvalidate::owner_bits() const {
  if (scope == InvalidateScope::everything) {
    return OwnerBits::none;
  }
  return scope == InvalidateScope::lpid || !process_scoped ? OwnerBits::lpid : OwnerBits::lpid_and_pid;
}

TlbInvalidate TlbInvalidate::for_page(Lpid lpid, Pid pid, EffectiveAddress ea, PageSize size) {
  TlbInvalidate result;
  result.page_address = ea.value() & kPageMask;
  result.page_size = size;
  result.lpid = lpid;
  result.pid = pid;
  return result;
}

TlbInvalidate TlbInvalidate::for_pid(Lpid lpid, Pid pid, InvalidateCaches ric) {
  TlbInvalidate result;
  result.ric = ric;
  result.scope = InvalidateScope::pid;
  result.lpid = lpid;
  result.pid = pid;
  return result;
}

TlbInvalidate TlbInvalidate::for_guest_page(Lpid lpid, GuestRealAddress address, PageSize size) {
  TlbInvalidate result;
  result.process_scoped = false;
  result.page_address = address.value() & kPageMask;
  result.page_size = size;
  result.lpid = lpid;
  return result;
}

TlbInvalidate TlbInvalidate::for_lpid(Lpid lpid, bool process_scoped, InvalidateCaches ric) {
  TlbInvalidate result;
  result.ric = ric;
  result.process_scoped = process_scoped;
  result.scope = InvalidateScope::lpid;
  result.lpid = lpid;
  return result;
}

}  // namespace p9mmu::mmu
