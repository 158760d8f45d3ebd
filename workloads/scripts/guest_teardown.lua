-- The end of a KVM guest: its memory, one anonymous mapping backed by transparent huge pages, is unmapped by one
-- munmap. Measured is that munmap, phase "munmap", on the first CPU.
--
-- The guest's vCPU threads have run on many CPUs by then. Linux does not forget that: each of those CPUs stays in
-- mm_cpumask and must be told about every translation that goes away.

local GiB = 1024 * 1024 * 1024

local guest = size_option("guest", "496GiB", "the guest's memory, a multiple of 2MiB")
local base_page = choice_option("base_page", "64K", {"4K", "64K"}, "the host kernel's page size")
local cpus = cpus_option("cpus", "all", "the CPUs that the guest has run on; the first one unmaps")
local vcpus = choice_option("vcpus", "idle", {"idle", "busy"},
                            "what the other CPUs do meanwhile: idle, or run another guest's vCPUs")

-- What the published figures do not say and this script takes for granted.
assumption("the guest's threads have run on " .. #cpus .. " of " .. machine.cpus ..
           " CPUs, and mm_cpumask still holds them all")
if vcpus == "idle" then
  assumption("the other CPUs idle during munmap: the guest's vCPUs are gone and nothing else runs")
else
  assumption("the other CPUs run another guest's vCPUs, which never exit by themselves")
end
assumption("all of the guest's memory has been touched and is in 2M pages, none of them split")
assumption("KVM's own translations are gone: the memory slot was removed before munmap")

-- The figures are for one guest, on all CPUs of a host that then idles; compare nothing else with them. The host is not
-- named: of those that were sold with KVM, two sockets of 16 SMT4 cores or more are likely for a guest of this size.
local is_likely_host = machine.threads_per_core == 4 and machine.cores_per_chip >= 16 and
                       machine.cpus == 2 * machine.cores_per_chip * machine.threads_per_core
if guest == 496 * GiB and base_page == "64K" and vcpus == "idle" and #cpus == machine.cpus and is_likely_host then
  published("munmap", {["ipi"] = 82150, ["ipi-free"] = 39, ["ipi-free-flush"] = 369},
            "Aneesh Kumar K.V, 'Avoid IPI while updating page table entries', cover letter, linuxppc-dev, April 2020; " ..
            "see docs/sources.md")
end

-- The guest as it is when it ends. None of this takes simulated time.
local mm = linux.mm{base_page = base_page}
local memory = mm:mmap(guest)
mm:populate(memory, guest, "2M")
mm:ran_on(cpus)

if vcpus == "busy" then
  for i = 2, #cpus do
    spawn(cpus[i], "vCPU on " .. cpus[i], function(t) t:run_guest() end)
  end
end

-- QEMU's last thread gives the memory back.
spawn(cpus[1], "qemu", function(t)
  t:use(mm)
  measure("munmap", function() t:munmap(mm, memory, guest) end)
end)
