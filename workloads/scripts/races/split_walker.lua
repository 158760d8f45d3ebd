-- A huge page is split into pages of their own while another CPU looks its entry up without a lock.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, core}

spawn(0, "split", function(t) t:split_huge_page(mm, page) end)
spawn(core, "walker", function(t) t:find_linux_pte(mm, page) end)
