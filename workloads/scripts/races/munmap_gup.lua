-- One CPU unmaps a huge page while another takes a reference on it by get_user_pages_fast. A reference must be on a
-- page that is still in use.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, core}

spawn(0, "munmap", function(t) t:munmap(mm, page, 2 * MiB) end)
spawn(core, "pin", function(t) t:gup_fast(mm, page) end)
