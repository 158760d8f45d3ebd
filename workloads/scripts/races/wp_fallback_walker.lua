-- One CPU stores to a huge page that a child shares, where no other huge page may be had. Until v5.7 its PMD is
-- cleared and then leads to copies of the base pages; later it is split. Another CPU looks its entry up without a
-- lock meanwhile.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K", thp = "never"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:fork()
mm:ran_on{0, core}

spawn(0, "writer", function(t) t:store(mm, page) end)
spawn(core, "walker", function(t) t:find_linux_pte(mm, page) end)
