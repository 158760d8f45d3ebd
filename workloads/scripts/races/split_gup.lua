-- A huge page is split into pages of their own while another CPU takes a reference on it without a lock, as KVM does.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, core}

spawn(0, "split", function(t) t:split_huge_page(mm, page) end)
spawn(core, "pin", function(t) t:gup_fast_only(mm, page) end)
