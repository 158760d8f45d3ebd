#!/usr/bin/env bash
# workloads/plans/sweep.sbatch under a real Slurm: its controller, its daemon and munge run here for the test, with
# files and ports of their own. The ranks record what a sweep on one process records.
#
#   slurm.sh PROGRAM
#
# Exit status 77 if Slurm is not installed or cannot be started here.
set -euo pipefail

program=$(readlink -f "$1")
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
scratch=$(mktemp -d)
cd "$scratch"
me=$(id -un)
node=$(hostname -s)
port=$((20000 + $$ % 10000 * 2))

stop() {
  local name
  for name in slurmd slurmctld munged; do
    [[ ! -s $name.pid ]] || kill "$(cat "$name.pid")" 2>/dev/null || true
  done
  cd /
  # They write what they know when they end.
  for ((tries = 0; tries < 50; tries++)); do
    rm -rf "$scratch" 2>/dev/null && return
    sleep 0.2
  done
}
trap stop EXIT

skip() {
  printf 'slurm.sh: skipped: %s\n' "$1"
  exit 77
}

for tool in sbatch sinfo slurmctld slurmd munged mpirun; do
  command -v "$tool" >/dev/null || skip "there is no $tool"
done

mkdir spool state socket
chmod 755 . socket
head -c 1024 /dev/urandom >munge.key
chmod 600 munge.key
munged --force --key-file="$scratch/munge.key" --socket="$scratch/socket/munge" --pid-file="$scratch/munged.pid" \
  --log-file="$scratch/munged.log" --seed-file="$scratch/munge.seed" >problem 2>&1 || skip "munge: $(tail -1 problem)"

export SLURM_CONF=$scratch/slurm.conf
cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=$scratch/socket/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
SlurmdSpoolDir=$scratch/spool
StateSaveLocation=$scratch/state
NodeName=$node NodeAddr=127.0.0.1 CPUs=4 RealMemory=8000 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES State=UP
CONF
slurmctld >problem 2>&1 || skip "slurmctld: $(tail -1 problem)"
slurmd >problem 2>&1 || skip "slurmd: $(tail -1 problem)"
for ((tries = 0; tries < 100; tries++)); do
  [[ $(sinfo --noheader --format=%T 2>/dev/null) != idle ]] || break
  sleep 0.2
done
[[ $(sinfo --noheader --format=%T) == idle ]] || skip "the node does not come up: $(tail -1 slurmd.log)"

cat >plan.toml <<PLAN
kernels = ["ipi", "ipi-free-flush"]
script = "$root/workloads/scripts/guest_teardown.lua"
[option]
guest = "16MiB"
[[axis]]
vary = "seed"
linear = {from = 1, to = 8, step = 1}
PLAN
export P9MMU=$program OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
timeout 120 sbatch --wait --ntasks=3 "$root/workloads/plans/sweep.sbatch" "$scratch/plan.toml" slurm.sqlite || {
  cat p9mmu-sweep-*.log
  exit 1
}
"$program" sweep plan.toml -o alone.sqlite -j 2
sed -i "s#$scratch/##" p9mmu-sweep-*.log
for database in slurm alone; do
  # The plan was named by its whole path in one and not in the other.
  "$program" export "$database.sqlite" --format json | sed "s#$scratch/##g" >"$database.json"
done
cmp slurm.json alone.json
grep -q '16 of 16 points are done, 16 of them now' p9mmu-sweep-*.log
