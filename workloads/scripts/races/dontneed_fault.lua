-- One CPU reads a huge page and then takes it away by MADV_DONTNEED, with mmap_lock for reading, while another of its
-- core stores to the page: the fault brings a base page where the huge page was. The first CPU's ERAT may still have
-- the huge page's translation. No core may have translations of two sizes for one address.

local MiB = 1024 * 1024

local mm = linux.mm{base_page = "64K", thp = "never"}
local page = mm:mmap(2 * MiB)
mm:populate(page, 2 * MiB, "2M")
mm:ran_on{0, 1}

spawn(0, "madvise", function(t)
  t:load(mm, page)
  t:madvise_dontneed(mm, page, 2 * MiB)
end)
spawn(1, "fault", function(t)
  t:displace(mm, page)
  t:store(mm, page)
end)
