-- Litmus test of the broadcast tlbie: one CPU takes a translation away (clears the entry; ptesync; tlbie; eieio;
-- tlbsync; ptesync), then writes to the page through another mapping. Another CPU must not read the new value through
-- the old translation: the tlbie must not be complete before every core is done with it.

local KiB = 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K", thp = "never"}
local page = mm:mmap(64 * KiB)
local alias = mm:mmap(64 * KiB)
mm:populate(page, 64 * KiB, "64K")
mm:share(alias, 64 * KiB, mm, page)
mm:ran_on{0, core}

spawn(0, "writer", function(t)
  t:madvise_dontneed(mm, page, 64 * KiB)
  t:store(mm, alias)
end)
spawn(core, "reader", function(t)
  t:load(mm, page)
  t:load(mm, page)
end)
