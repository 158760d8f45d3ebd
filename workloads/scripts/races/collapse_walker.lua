-- khugepaged collapses a table of base pages into a huge page while another CPU looks its entry up without a lock.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "4K"}
local page = mm:mmap(2 * MiB)
mm:populate(page, MiB / 256, "4K")
mm:ran_on{0, core}

spawn(0, "khugepaged", function(t) t:collapse(mm, page) end)
spawn(core, "walker", function(t) t:find_linux_pte(mm, page) end)
