#!/usr/bin/env bash
# A sweep over ranks on two hosts gives what a sweep on one gives. The hosts are two network namespaces with names
# of their own; in the place of ssh, Open MPI enters them with `ip netns exec`.
#
#   two_hosts.sh PROGRAM
#
# Exit status 77 if there is no permission to make namespaces here.
set -euo pipefail

program=$(readlink -f "$1")
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
one=p9mmu-$$-a two=p9mmu-$$-b
scratch=$(mktemp -d)

cleanup() {
  ip netns delete "$one" 2>/dev/null || true
  ip netns delete "$two" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

skip() {
  printf 'two_hosts.sh: skipped: %s\n' "$1"
  exit 77
}

make_hosts() {
  ip netns add "$one" && ip netns add "$two" &&
    ip link add p9mmu0 netns "$one" type veth peer name p9mmu0 netns "$two" &&
    ip -n "$one" addr add 10.99.0.1/24 dev p9mmu0 && ip -n "$two" addr add 10.99.0.2/24 dev p9mmu0 &&
    ip -n "$one" link set p9mmu0 up && ip -n "$two" link set p9mmu0 up &&
    ip -n "$one" link set lo up && ip -n "$two" link set lo up
}

command -v ip >/dev/null || skip "there is no ip(8)"
make_hosts 2>"$scratch/problem" || skip "no network namespaces: $(tail -1 "$scratch/problem")"
unshare --uts true 2>"$scratch/problem" || skip "no names of their own: $(tail -1 "$scratch/problem")"

# What Open MPI calls as `AGENT HOST COMMAND...`.
cat >"$scratch/agent" <<'AGENT'
#!/bin/sh
host=$1
shift
exec ip netns exec "$host" unshare --uts sh -c 'hostname "$1"; shift; exec sh -c "$*"' sh "$host" "$@"
AGENT
chmod +x "$scratch/agent"

cat >"$scratch/plan.toml" <<PLAN
script = "$root/workloads/scripts/guest_teardown.lua"
[option]
guest = "16MiB"
[[axis]]
vary = "seed"
linear = {from = 1, to = 10, step = 1}
PLAN

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent=$scratch/agent
export OMPI_MCA_oob_tcp_if_include=10.99.0.0/24 OMPI_MCA_btl_tcp_if_include=10.99.0.0/24
export OMPI_MCA_btl=self,tcp

# over HOSTS COMMAND...: a rank for each place on the hosts
over() {
  local hosts=$1
  shift
  ip netns exec "$one" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$one" \
    timeout 120 mpirun --oversubscribe --host "$hosts" "$@"
}

hosts=$(over "$one:1,$two:2" hostname | sort | uniq -c | tr -s ' ' | tr '\n' ';')
[[ $hosts == " 1 $one; 2 $two;" ]] || {
  printf 'two_hosts.sh: expected one rank on %s and two on %s, got:%s\n' "$one" "$two" "$hosts"
  exit 1
}
over "$one:1,$two:2" "$program" sweep "$scratch/plan.toml" -o "$scratch/two.sqlite"
"$program" sweep "$scratch/plan.toml" -o "$scratch/one.sqlite" -j 2
for database in one two; do
  "$program" export "$scratch/$database.sqlite" --format json --output "$scratch/$database.json"
done
cmp "$scratch/one.json" "$scratch/two.json"
