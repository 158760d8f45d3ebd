#include "workloads/linux/page.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

/// A page with `references`, and what an operation on CPU 0 made of it.
struct Scene {
  explicit Scene(std::int32_t references) : page(bench.kernel.pages().allocate_page(PageSize::k2M)) {
    bench.kernel.pages().head(page).refcount = references;
  }
  template <typename Step>
  auto execute(Step step) {
    using Effect = decltype(step.effect(bench.cpu(0)));
    if constexpr (std::is_void_v<Effect>) {
      bench.spawn(0, run_void(step), bench.scheduler.present());
      bench.run();
    } else {
      Effect effect{};
      bench.spawn(0, run(step, effect), bench.scheduler.present());
      bench.run();
      return effect;
    }
  }
  [[nodiscard]] std::int32_t references() { return bench.kernel.pages().head(page).refcount; }

  Bench bench;
  RealAddress page;

 private:
  template <typename Step, typename Effect>
  Task<void> run(Step step, Effect& effect) {
    effect = co_await bench.cpu(0).execute(step);
  }
  template <typename Step>
  Task<void> run_void(Step step) {
    co_await bench.cpu(0).execute(step);
  }
};

}  // namespace

TEST_CASE("a speculative reference is had only from a page that has one") {
  const auto [before, got] = GENERATE(table<std::int32_t, bool>({{0, false}, {1, true}, {7, true}}));
  Scene scene(before);
  CHECK(scene.execute(PageTryGet{{&scene.bench.kernel.pages(), scene.page + 0x30000}}) == got);
  CHECK(scene.references() == (got ? before + 1 : before));
}

TEST_CASE("the last reference given back frees the page") {
  const auto [before, freed] = GENERATE(table<std::int32_t, bool>({{1, true}, {2, false}}));
  Scene scene(before);
  PageAllocator& pages = scene.bench.kernel.pages();
  CHECK(scene.execute(PagePut{{&pages, scene.page}}) == freed);
  CHECK(scene.references() == before - 1);
  CHECK(scene.bench.system.counters().huge_pages_freed == (freed ? 1 : 0));
  CHECK((pages.allocate_page(PageSize::k2M) == scene.page) == freed);
}

TEST_CASE("mappings by a PMD and by the PTEs of a huge page are counted apart and together") {
  Scene scene(3);
  PageAllocator& pages = scene.bench.kernel.pages();
  scene.execute(PageMapAdd{{&pages, scene.page}, PageSize::k2M, 1});
  scene.execute(PageMapAdd{{&pages, scene.page}, PageSize::k64K, 1});
  scene.execute(PageMapAdd{{&pages, scene.page + 0x10000}, PageSize::k64K, 2});
  CHECK(pages.head(scene.page).mapcount == 1);
  CHECK(pages.page(scene.page, PageSize::k64K).mapcount == 1);
  CHECK(pages.total_mapcount(scene.page) == 4);
  CHECK(pages.greatest_mapcount(scene.page) == 3);
  scene.execute(PageMapAdd{{&pages, scene.page + 0x10000}, PageSize::k64K, -2});
  CHECK(pages.total_mapcount(scene.page) == 2);
}
