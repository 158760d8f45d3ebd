-- One CPU unmaps a huge page while another reads it. Nobody may use the page once it has been given back, nor the
-- translation once munmap's flush has completed.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, core}

spawn(0, "munmap", function(t) t:munmap(mm, page, 2 * MiB) end)
spawn(core, "reader", function(t)
  t:load(mm, page)
  t:load(mm, page)
end)
