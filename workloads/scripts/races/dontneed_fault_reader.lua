-- One CPU takes a huge page away by MADV_DONTNEED, with mmap_lock for reading, while another stores to the page: the
-- fault brings a base page where the huge page was. A third CPU, of the second one's core, reads the page meanwhile,
-- and its ERAT may still have the huge page's translation. No core may have translations of two sizes for one address.

local MiB = 1024 * 1024
local core = machine.threads_per_core

local mm = linux.mm{base_page = "64K", thp = "never"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, 1, core}

spawn(core, "madvise", function(t) t:madvise_dontneed(mm, page, 2 * MiB) end)
spawn(0, "reader", function(t) t:load(mm, page) end)
spawn(1, "fault", function(t)
  t:displace(mm, page)
  t:store(mm, page)
end)
