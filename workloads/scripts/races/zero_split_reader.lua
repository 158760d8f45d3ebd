-- One CPU stores to the huge zero page where no huge page may take its place. Its PMD is split: cleared, and then it
-- leads to a table of base pages. Another CPU reads it meanwhile.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K", thp = "never"}
local page = mm:mmap(2 * MiB)
mm:populate_zero(page, 2 * MiB, "2M")
mm:ran_on{0, core}

spawn(0, "writer", function(t) t:store(mm, page) end)
spawn(core, "reader", function(t)
  t:load(mm, page)
  t:load(mm, page)
end)
