#include "tests/conformance/operation_routines.h"

#include "workloads/linux/fault.h"
#include "workloads/linux/munmap.h"

namespace p9mmu::conformance {
namespace {

void nothing(Scene&) {}
void huge_pages(Scene& scene) {
  scene.mm.populate(scene.start(), scene.recorded.length, PageSize::k2M);
}
void base_pages(Scene& scene) {
  scene.mm.populate(scene.start(), scene.recorded.length, PageSize::k64K);
}

Task<void> munmap(Scene& scene) {
  return workloads::sys_munmap(scene.kernel, scene.actor(), scene.mm, scene.start(), scene.recorded.length);
}

/// An access to each page of that size, one after the other.
Task<void> touch(Scene& scene, mmu::Access access, PageSize size) {
  for (std::uint64_t offset = 0; offset < scene.recorded.length; offset += mmu::bytes(size)) {
    (void)co_await workloads::access_memory(scene.kernel, scene.actor(), scene.mm, access,
                                            scene.start() + offset);
  }
}
Task<void> write_huge(Scene& scene) {
  return touch(scene, mmu::Access::store, PageSize::k2M);
}
Task<void> write_base(Scene& scene) {
  return touch(scene, mmu::Access::store, PageSize::k64K);
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"thp_munmap", "munmap of huge pages", huge_pages, munmap},
      {"sm_munmap", "munmap of base pages", base_pages, munmap},
      {"thp_fault_write", "first writes, which map huge pages", nothing, write_huge},
      {"sm_fault_write", "first writes, which map base pages", nothing, write_base},
  };
  return all;
}

const std::vector<std::string>& operations_without_routine() {
  static const std::vector<std::string> all = {"thp_dontneed",
                                               "thp_exit",
                                               "thp_free",
                                               "thp_mprotect_ro",
                                               "thp_mprotect_none",
                                               "thp_mremap",
                                               "thp_split_dontneed64k",
                                               "thp_split_munmap64k_first",
                                               "thp_split_munmap64k_mid",
                                               "thp_split_mprotect64k",
                                               "thp_split_debugfs",
                                               "collapse",
                                               "thp_fault_read",
                                               "zp_write",
                                               "zp_dontneed",
                                               "zp_munmap",
                                               "zp_split_dontneed64k",
                                               "thp_fork",
                                               "thp_cow_write",
                                               "thp_cold",
                                               "sm_dontneed",
                                               "sm_exit",
                                               "sm_mprotect_ro",
                                               "sm_fork",
                                               "sm_cow_write",
                                               "sm_fault_read"};
  return all;
}

}  // namespace p9mmu::conformance
