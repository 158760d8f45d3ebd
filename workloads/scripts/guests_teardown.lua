-- One to many KVM guests that end at the same moment: each is unmapped by one munmap, all at once, on CPUs of
-- their own. Phase "teardown" is measured on the first guest's CPU, from the first munmap's begin to the last
-- one's end; within it lies phase "munmap", the first guest's own. When that is done its thread looks every
-- microsecond whether the others are, which is how exact "teardown" is; it does not sleep, for waking up would count.
--
-- With "apart" each guest's threads have run on its share of the CPUs only, as pinned vCPUs do; with "everywhere"
-- the host's scheduler has moved them about, and every munmap concerns every CPU.

local guests = option("guests", 2, "how many guests end")
local guest = size_option("guest", "1GiB", "each guest's memory, a multiple of 2MiB")
local ran = choice_option("ran", "apart", {"apart", "everywhere"},
                          "where a guest's threads have run: on its share of the CPUs, or on all")
local base_page = choice_option("base_page", "64K", {"4K", "64K"}, "the host kernel's page size")

if guests < 1 or guests > machine.cpus then
  error("guests is " .. guests .. "; expected 1 to " .. machine.cpus .. ", a CPU for each")
end

assumption("all guests' munmaps begin at the same moment, each on the first CPU of its guest's share")
if ran == "apart" then
  assumption("each guest's threads have run on its share of the " .. machine.cpus .. " CPUs, 1 of " .. guests)
else
  assumption("each guest's threads have run on all of the " .. machine.cpus .. " CPUs")
end
assumption("CPUs that unmap nothing idle: the guests' vCPUs are gone and nothing else runs")
assumption("all of the guests' memory has been touched and is in 2M pages, none of them split")
assumption("KVM's own translations are gone: the memory slots were removed before munmap")

-- The CPUs of one guest: a share of neighbours, or all.
local function cpus_of(i)
  local first = machine.cpus * (i - 1) // guests
  local last = machine.cpus * i // guests - 1
  local cpus = {}
  for cpu = ran == "apart" and first or 0, ran == "apart" and last or machine.cpus - 1 do
    cpus[#cpus + 1] = cpu
  end
  return cpus, first
end

local done = 0
for i = 1, guests do
  local cpus, first = cpus_of(i)
  local mm = linux.mm{base_page = base_page}
  local memory = mm:mmap(guest)
  mm:populate(memory, guest, "2M")
  mm:ran_on(cpus)
  local function unmap(t)
    t:use(mm)
    t:munmap(mm, memory, guest)
    done = done + 1
  end
  if i > 1 then
    spawn(first, "qemu " .. i, unmap)
  else
    spawn(first, "qemu 1", function(t)
      measure("teardown", function()
        measure("munmap", function() unmap(t) end)
        while done < guests do
          t:compute("1us")
        end
      end)
    end)
  end
end
