-- One process on two CPUs: the first unmaps huge pages, the other spins in user code and is told about each of them.
local target = choice_option("target", "64", {"4", "8", "64"}, "the CPU that spins")
local size = 64 * 2 * 1024 * 1024
local mm = linux.mm{base_page = "64K"}
local memory = mm:mmap(size)
mm:populate(memory, size, "2M")
mm:ran_on({0, tonumber(target)})
spawn(tonumber(target), "spins", function(t)
  t:use(mm)
  t:compute("10ms")
end)
spawn(0, "unmaps", function(t)
  t:use(mm)
  t:compute("100us")
  measure("munmap", function() t:munmap(mm, memory, size) end)
end)
