# Sourced by this folder's scripts that hold runs of the guest's teardown against each other; `p9mmu` is the program
# in the path. Times are the munmap's, in ms.

teardown=workloads/scripts/guest_teardown.lua

# run_ms KERNEL [OPTION...]
run_ms() {
  local kernel=$1
  shift
  p9mmu run "$teardown" --kernel "$kernel" --no-profile "$@" | awk -v kernel="$kernel" '$1 == kernel { print $2; exit }'
}

# published_ms KERNEL
published_ms() {
  p9mmu run "$teardown" --kernel "$1" --no-profile | awk -v kernel="$1" '$1 == kernel { print $(NF - 2); exit }'
}

# row_of PARAMETER: value, provenance, least and greatest (of a choice, its first and last word), line by line.
row_of() {
  local name=$1 row range
  row=$(p9mmu params --format csv | grep "^$name,")
  [[ $row =~ ^$name,([^,]*),[^,]*,[^,]*,(\"([^\"]*)\"|([^,]*)),([^,]*), ]] ||
    { printf '%s: no parameter %s\n' "${0##*/}" "$name" >&2; return 1; }
  printf '%s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[5]}"
  range=${BASH_REMATCH[3]}${BASH_REMATCH[4]}
  if [[ $range == *' to '* ]]; then
    printf '%s\n' "${range% to *}" "${range##* to }"
  else
    printf '%s\n' "${range%%, *}" "${range##*, }"
  fi
}

# calc EXPRESSION FORMAT: arithmetic on figures as they are printed.
calc() { awk "BEGIN { printf \"$2\", ${1//,/} }"; }
