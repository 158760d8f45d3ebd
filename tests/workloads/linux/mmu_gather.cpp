#include "workloads/linux/mmu_gather.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

struct Scene {
  explicit Scene(PageSize base_page = PageSize::k64K)
      : mm(bench.kernel.create_mm(base_page)), gather(bench.kernel, mm, false) {
    Bench::run_on_first(mm, 2);
  }
  Bench bench;
  Mm& mm;
  MmuGather gather;
};

}  // namespace

TEST_CASE("a batch is full with as many pages as fit its pages of pointers") {
  const auto [base, capacity] = GENERATE(table<PageSize, int>({
      {PageSize::k64K, 8'198},  // 8 on the stack, a page of 8,190
      {PageSize::k4K, 9'698},   // 8 on the stack, 19 pages of 510
  }));
  Scene scene(base);
  for (int i = 1; i < capacity; ++i) {
    REQUIRE_FALSE(scene.gather.remove_page(RealAddress(0)));
  }
  CHECK(scene.gather.remove_page(RealAddress(0)));
}

TEST_CASE("pages and tables are given back after the flush and not before") {
  struct Program {
    static Task<void> run(Scene& scene, RealAddress page, RealAddress table) {
      Cpu& cpu = scene.bench.cpu(0);
      PageAllocator& pages = scene.bench.kernel.pages();
      co_await scene.gather.change_page_size(cpu, PageSize::k2M);
      scene.gather.extend(0, 2 * kMiB);
      CHECK_FALSE(scene.gather.remove_page(page));
      co_await scene.gather.remove_table(cpu, 0, RemovedTable{table, 4096});
      CHECK(pages.allocate_page(PageSize::k2M) != page);
      CHECK(pages.allocate_table(4096) != table);
      CHECK_FALSE(scene.gather.nothing_held());
      co_await scene.gather.finish(cpu);
      CHECK(scene.gather.nothing_held());
      CHECK(pages.allocate_page(PageSize::k2M) == page);
      CHECK(pages.allocate_table(4096) == table);
    }
  };
  Scene scene;
  const RealAddress page = scene.bench.kernel.pages().allocate_page(PageSize::k2M);
  const RealAddress table = scene.bench.kernel.pages().allocate_table(4096);
  scene.bench.spawn(0, Program::run(scene, page, table));
  scene.bench.run();
  CHECK(scene.bench.system.counters().batch_flushes == 1);
  CHECK(scene.bench.system.counters().huge_pages_freed == 1);
  CHECK(scene.bench.system.counters().page_tables_freed == 1);
}

TEST_CASE("another page size flushes what is held, the same does not, nor does nothing held") {
  struct Program {
    static Task<void> run(Scene& scene, std::vector<std::int64_t>& flushes) {
      Cpu& cpu = scene.bench.cpu(0);
      const auto count = [&] { flushes.push_back(scene.bench.system.counters().batch_flushes); };
      co_await scene.gather.change_page_size(cpu, PageSize::k64K);
      co_await scene.gather.change_page_size(cpu, PageSize::k2M);
      count();
      scene.gather.extend(0, 2 * kMiB);
      co_await scene.gather.change_page_size(cpu, PageSize::k2M);
      count();
      co_await scene.gather.change_page_size(cpu, PageSize::k64K);
      count();
      co_await scene.gather.change_page_size(cpu, PageSize::k2M);
      count();
      co_await scene.gather.finish(cpu);
      count();
    }
  };
  Scene scene;
  std::vector<std::int64_t> flushes;
  scene.bench.spawn(0, Program::run(scene, flushes));
  scene.bench.run();
  CHECK(flushes == std::vector<std::int64_t>{0, 0, 1, 1, 1});
}

TEST_CASE("a flush covers what has been cleared since the one before") {
  struct Program {
    static Task<void> run(Scene& scene, std::vector<std::int64_t>& tlbies) {
      Cpu& cpu = scene.bench.cpu(0);
      const auto count = [&] { tlbies.push_back(scene.bench.system.counters().tlbie_count); };
      co_await scene.gather.change_page_size(cpu, PageSize::k2M);
      scene.gather.extend(8 * kMiB, 10 * kMiB);
      scene.gather.extend(2 * kMiB, 4 * kMiB);
      co_await scene.gather.flush_mmu(cpu);
      count();  // 2 to 10 MiB: four pages and one fix-up
      scene.gather.extend(20 * kMiB, 22 * kMiB);
      co_await scene.gather.flush_mmu(cpu);
      count();  // one page and one fix-up
      co_await scene.gather.flush_mmu(cpu);
      count();
    }
  };
  Scene scene;
  std::vector<std::int64_t> tlbies;
  scene.bench.spawn(0, Program::run(scene, tlbies));
  scene.bench.run();
  CHECK(tlbies == std::vector<std::int64_t>{5, 7, 7});
}

TEST_CASE("the walk cache is flushed with the tables that were freed, not with what comes after") {
  struct Program {
    static Task<void> run(Scene& scene, std::vector<std::int64_t>& tlbies) {
      Cpu& cpu = scene.bench.cpu(0);
      co_await scene.gather.change_page_size(cpu, PageSize::k2M);
      for (const bool tables : {false, true, false}) {
        const std::int64_t before = scene.bench.system.counters().tlbie_count;
        scene.gather.extend(0, 2 * kMiB);
        if (tables) {
          const RemovedTable table{scene.bench.kernel.pages().allocate_table(4096), 4096};
          co_await scene.gather.remove_table(cpu, 0, table);
        }
        co_await scene.gather.flush_mmu(cpu);
        tlbies.push_back(scene.bench.system.counters().tlbie_count - before);
      }
    }
  };
  Scene scene;
  std::vector<std::int64_t> tlbies;
  scene.bench.spawn(0, Program::run(scene, tlbies));
  scene.bench.run();
  CHECK(tlbies == std::vector<std::int64_t>{2, 3, 2});
}
