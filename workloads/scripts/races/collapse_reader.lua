-- khugepaged collapses a table of base pages into a huge page while another CPU reads it.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "4K"}
local page = mm:mmap(2 * MiB)
mm:populate(page, MiB / 256, "4K")
mm:ran_on{0, core}

spawn(0, "khugepaged", function(t) t:collapse(mm, page) end)
spawn(core, "reader", function(t)
  t:load(mm, page)
  t:load(mm, page)
end)
