#!/usr/bin/env bash
# A sentence: which share of the IPI rounds would have to find its targets in stop4 for the published time.
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/teardown.sh"

published=$(published_ms ipi)
as_is=$(run_ms ipi)
all=$(run_ms ipi --set idle.stop4.residency_since_2018_03=100us)
printf 'Were %s%% of the rounds to find their targets in stop4 and the others in stop2, the munmap would take %s ms.\n' \
  "$(calc "100 * ($published - $as_is) / ($all - $as_is)" %.1f)" "$published"
