#!/usr/bin/env bash
# A Markdown table: every parameter that, alone at an end of its range, moves the munmap by more than a share.
#
#   movers.sh KERNEL PERCENT
#
# All parameters are tried at both ends (of a choice: its first and last word), on a guest of 8 GiB, which takes a
# sixtieth of the time. Left out are topology.chips, whose range is a list of hosts, and stress.*, which no host has.
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/teardown.sh"

# at_end KERNEL PARAMETER END: a line of all three and what the munmap takes then
at_end() { printf '%s|%s|%s|%s\n' "$1" "$2" "$3" "$(run_ms "$1" --option guest=8GiB --set "$2=$3")"; }

# ends_of KERNEL: what at_end is to be asked, separated by zeros
ends_of() {
  local name row
  while IFS= read -r name; do
    mapfile -t row < <(row_of "$name")
    printf '%s\0%s\0%s\0' "$1" "$name" "${row[2]}" "$1" "$name" "${row[3]}"
  done < <(p9mmu params --format csv | sed -n 's/^\([a-z][a-z0-9_.]*\),.*/\1/p' | grep -v '^name$\|^topology.chips$\|^stress[.]')
}

main() {
  local kernel=$1 percent=$2 base
  base=$(run_ms "$kernel" --option guest=8GiB)
  printf '| parameter | at | times as long |\n|---|---|---|\n'
  export -f at_end run_ms
  export teardown
  ends_of "$kernel" | xargs -0 -n 3 -P "$(nproc)" bash -euo pipefail -c 'at_end "$@"' at_end | sort -t '|' -s -k 2,3 |
    awk -F '|' -v base="${base//,/}" -v percent="$percent" '
      { gsub(",", "", $4); factor = $4 / base; tried[$2] = 1 }
      factor > 1 + percent / 100 || factor < 1 - percent / 100 { printf "| `%s` | %s | %.2f |\n", $2, $3, factor }
      END { if (length(tried) < 50) exit 1 }'
}

main "$@"
