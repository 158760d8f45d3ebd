#!/usr/bin/env bash
# Generated blocks of documents: between the lines `<!-- generated: COMMAND -->` and `<!-- end -->` stands what
# COMMAND prints, in a fence if the line says `generated text:`.
#
#   generated_blocks.sh check PROGRAM [FILE...]    exit 1 and show the difference if a block is not up to date
#   generated_blocks.sh write PROGRAM [FILE...]    renew every block
#
# COMMAND runs in bash at the project's root, with `p9mmu` for PROGRAM and this folder's scripts in its path.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A command that stands in several places runs once.
run_command() {
  local kept
  kept=$scratch/$(md5sum <<<"$1" | cut -c -32)
  if [[ ! -e $kept ]]; then
    if ! bash -euo pipefail -c "$1" </dev/null >"$kept.part"; then
      printf 'generated_blocks.sh: failed: %s\n' "$1" >&2
      return 1
    fi
    mv "$kept.part" "$kept"
  fi
  cat "$kept"
}

# Prints a document with its blocks renewed.
renewed() {
  local line command fence output
  while IFS= read -r line; do
    printf '%s\n' "$line"
    [[ $line =~ ^'<!-- generated'(' text')?': '(.*)' -->'$ ]] || continue
    fence=${BASH_REMATCH[1]} command=${BASH_REMATCH[2]}
    output=$(run_command "$command")  # without blank lines at its end
    [[ -z $fence ]] || printf '```text\n'
    printf '%s\n' "$output"
    [[ -z $fence ]] || printf '```\n'
    until [[ $line == '<!-- end -->' ]]; do
      IFS= read -r line || {
        printf 'generated_blocks.sh: %s: no <!-- end --> for: %s\n' "$1" "$command" >&2
        return 1
      }
    done
    printf '%s\n' "$line"
  done <"$1"
}

main() {
  local mode=$1 program
  program=$(readlink -f "$2")
  shift 2
  local files=("$@")
  cd "$here/../.."
  ((${#files[@]} > 0)) || files=(README.md docs/*.md)
  mkdir "$scratch/bin"
  ln -s "$program" "$scratch/bin/p9mmu"
  export PATH=$scratch/bin:$here:$PATH LC_ALL=C
  local file stale=0
  for file in "${files[@]}"; do
    renewed "$file" >"$scratch/new"
    if [[ $mode == write ]]; then
      cmp -s "$scratch/new" "$file" || cp "$scratch/new" "$file"
    elif ! diff -u --label "$file" --label "$file, renewed" "$file" "$scratch/new"; then
      stale=1
    fi
  done
  return "$stale"
}

main "$@"
