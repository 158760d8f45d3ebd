#include "tests/conformance/operation_routines.h"

#include "workloads/linux/exit.h"
#include "workloads/linux/fault.h"
#include "workloads/linux/khugepaged.h"
#include "workloads/linux/madvise.h"
#include "workloads/linux/mprotect.h"
#include "workloads/linux/mremap.h"
#include "workloads/linux/munmap.h"
#include "workloads/linux/split_huge_page.h"

namespace p9mmu::conformance {
namespace {

using workloads::Protection;

constexpr std::uint64_t kHugeBytes = mmu::bytes(PageSize::k2M);
constexpr std::uint64_t kBaseBytes = mmu::bytes(PageSize::k64K);

// --- What is mapped before ---

void nothing(Scene&) {}
void huge_pages(Scene& scene) {
  scene.mm.populate(scene.start(), scene.recorded.length, PageSize::k2M);
}
void base_pages(Scene& scene) {
  scene.mm.populate(scene.start(), scene.recorded.length, PageSize::k64K);
}
void huge_zero_page(Scene& scene) {
  scene.mm.populate_zero(scene.start(), scene.recorded.length, PageSize::k2M);
}
/// A child has been forked that shares the pages.
void shared_huge_pages(Scene& scene) {
  huge_pages(scene);
  scene.kernel.create_mm(PageSize::k64K).copy_page_range(scene.mm);
}
void shared_base_pages(Scene& scene) {
  base_pages(scene);
  scene.kernel.create_mm(PageSize::k64K).copy_page_range(scene.mm);
}
/// The kernel's file split_huge_pages takes a reference to the mm (get_task_mm), so that it has two users.
void huge_pages_used_by_two(Scene& scene) {
  huge_pages(scene);
  scene.mm.single_threaded = false;
}

// --- What is done ---

Task<void> munmap(Scene& scene) {
  return workloads::sys_munmap(scene.kernel, scene.actor(), scene.mm, scene.start(), scene.recorded.length);
}
Task<void> dontneed(Scene& scene) {
  return workloads::sys_madvise_dontneed(scene.kernel, scene.actor(), scene.mm, scene.start(),
                                         scene.recorded.length);
}
Task<void> exit(Scene& scene) {
  return workloads::exit_mm(scene.kernel, scene.actor(), scene.mm);
}
Task<void> mprotect_read(Scene& scene) {
  return workloads::sys_mprotect(scene.kernel, scene.actor(), scene.mm, scene.start(), scene.recorded.length,
                                 Protection::read);
}
Task<void> mprotect_none(Scene& scene) {
  return workloads::sys_mprotect(scene.kernel, scene.actor(), scene.mm, scene.start(), scene.recorded.length,
                                 Protection::none);
}
Task<void> mremap(Scene& scene) {
  return workloads::sys_mremap(scene.kernel, scene.actor(), scene.mm, scene.start(), scene.recorded.length,
                               EffectiveAddress(scene.recorded.result));
}

/// Of each huge page one base page, the one with that number.
template <std::uint64_t kBasePage>
Task<void> dontneed_one(Scene& scene) {
  for (std::uint64_t at = kBasePage * kBaseBytes; at < scene.recorded.length; at += kHugeBytes) {
    co_await workloads::sys_madvise_dontneed(scene.kernel, scene.actor(), scene.mm, scene.start() + at,
                                             kBaseBytes);
  }
}
template <std::uint64_t kBasePage>
Task<void> munmap_one(Scene& scene) {
  for (std::uint64_t at = kBasePage * kBaseBytes; at < scene.recorded.length; at += kHugeBytes) {
    co_await workloads::sys_munmap(scene.kernel, scene.actor(), scene.mm, scene.start() + at, kBaseBytes);
  }
}
template <std::uint64_t kBasePage>
Task<void> mprotect_one(Scene& scene) {
  for (std::uint64_t at = kBasePage * kBaseBytes; at < scene.recorded.length; at += kHugeBytes) {
    co_await workloads::sys_mprotect(scene.kernel, scene.actor(), scene.mm, scene.start() + at, kBaseBytes,
                                     Protection::read);
  }
}
Task<void> split_pages(Scene& scene) {
  for (std::uint64_t at = 0; at < scene.recorded.length; at += kHugeBytes) {
    (void)co_await workloads::split_huge_page(scene.kernel, scene.actor(), scene.mm, scene.start() + at);
  }
}
Task<void> collapse(Scene& scene) {
  for (std::uint64_t at = 0; at < scene.recorded.length; at += kHugeBytes) {
    (void)co_await workloads::collapse_huge_page(scene.kernel, scene.actor(), scene.mm, scene.start() + at);
  }
}

/// An access to each page of that size, one after the other.
template <mmu::Access kAccess, PageSize kSize>
Task<void> touch(Scene& scene) {
  for (std::uint64_t at = 0; at < scene.recorded.length; at += mmu::bytes(kSize)) {
    (void)co_await workloads::access_memory(scene.kernel, scene.actor(), scene.mm, kAccess,
                                            scene.start() + at);
  }
}
constexpr auto write_huge = touch<mmu::Access::store, PageSize::k2M>;
constexpr auto read_huge = touch<mmu::Access::load, PageSize::k2M>;
constexpr auto write_base = touch<mmu::Access::store, PageSize::k64K>;
constexpr auto read_base = touch<mmu::Access::load, PageSize::k64K>;

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"thp_munmap", "munmap of huge pages", huge_pages, munmap},
      {"sm_munmap", "munmap of base pages", base_pages, munmap},
      {"zp_munmap", "munmap of the huge zero page", huge_zero_page, munmap},
      {"thp_dontneed", "MADV_DONTNEED of huge pages", huge_pages, dontneed},
      {"sm_dontneed", "MADV_DONTNEED of base pages", base_pages, dontneed},
      {"zp_dontneed", "MADV_DONTNEED of the huge zero page", huge_zero_page, dontneed},
      {"thp_exit", "exit with huge pages", huge_pages, exit},
      {"sm_exit", "exit with base pages", base_pages, exit},
      {"thp_mprotect_ro", "mprotect of huge pages to PROT_READ", huge_pages, mprotect_read},
      {"thp_mprotect_none", "mprotect of huge pages to PROT_NONE", huge_pages, mprotect_none},
      {"sm_mprotect_ro", "mprotect of base pages to PROT_READ", base_pages, mprotect_read},
      {"thp_mremap", "mremap of huge pages to another aligned place", huge_pages, mremap},
      {"thp_split_dontneed64k", "MADV_DONTNEED of 64K in each huge page", huge_pages, dontneed_one<5>},
      {"thp_split_munmap64k_first", "munmap of the first 64K of each huge page", huge_pages, munmap_one<0>},
      {"thp_split_munmap64k_mid", "munmap of 64K in the middle of each huge page", huge_pages,
       munmap_one<16>},
      {"thp_split_mprotect64k", "mprotect of 64K in each huge page", huge_pages, mprotect_one<7>},
      {"zp_split_dontneed64k", "MADV_DONTNEED of 64K in each huge zero page", huge_zero_page,
       dontneed_one<5>},
      {"thp_split_debugfs", "split_huge_page of each huge page", huge_pages_used_by_two, split_pages},
      {"collapse", "collapse of base pages to huge ones", base_pages, collapse},
      {"thp_fault_write", "first writes, which map huge pages", nothing, write_huge},
      {"thp_fault_read", "first reads, which map the huge zero page", nothing, read_huge},
      {"sm_fault_write", "first writes, which map base pages", nothing, write_base},
      {"sm_fault_read", "first reads, which map the zero page", nothing, read_base},
      {"zp_write", "writes to the huge zero page", huge_zero_page, write_huge},
      {"thp_cow_write", "writes to huge pages shared after a fork", shared_huge_pages, write_huge},
      {"sm_cow_write", "writes to base pages shared after a fork", shared_base_pages, write_base},
  };
  return all;
}

const std::vector<std::string>& operations_without_routine() {
  static const std::vector<std::string> all = {"thp_free", "thp_cold", "thp_fork", "sm_fork"};
  return all;
}

}  // namespace p9mmu::conformance
