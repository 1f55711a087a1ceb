#!/usr/bin/env bash
# What the action runs. Everything comes as variables: nothing of a workflow is put into this script's text.
set -euo pipefail

if [[ -n "${INPUT_VERSION:-}" ]]; then
  python3 -m pip install --quiet --disable-pip-version-check "tidegate==${INPUT_VERSION}"
fi
if ! command -v tidegate >/dev/null; then
  echo "::error::tidegate is not installed: give the action a version, or install it in a step before." >&2
  exit 2
fi

options=(--output github --revision "${INPUT_REVISION}")
if [[ -n "${INPUT_ENVIRONMENT:-}" ]]; then
  options+=(--environment "${INPUT_ENVIRONMENT}")
fi

reports=()
while IFS= read -r line; do
  line="${line#"${line%%[![:space:]]*}"}"
  line="${line%"${line##*[![:space:]]}"}"
  if [[ -n "${line}" ]]; then
    reports+=("${line}")
  fi
done <<<"${INPUT_REPORTS}"

exec tidegate submit "${options[@]}" -- "${reports[@]}"
