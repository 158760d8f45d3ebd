-- One CPU takes a huge page away by MADV_DONTNEED, with mmap_lock for reading, and another faults: base pages come
-- where the huge page was. A third CPU takes a reference on it without a lock, as KVM does meanwhile.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K", thp = "never"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, core, 2 * core}

spawn(0, "madvise", function(t) t:madvise_dontneed(mm, page, 2 * MiB) end)
spawn(2 * core, "fault", function(t) t:store(mm, page) end)
spawn(core, "pin", function(t) t:gup_fast_only(mm, page) end)
