-- One CPU unmaps a huge page while another looks its entry up without a lock, as KVM and the machine check handler
-- do. The walker may find the page or nothing; it must never take anything else for a leaf.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, core}

spawn(0, "munmap", function(t) t:munmap(mm, page, 2 * MiB) end)
spawn(core, "walker", function(t) t:find_linux_pte(mm, page) end)
