#!/usr/bin/env bash
# Releases a version to production: checks everything, shows what will happen, tags prod/vX.Y.Z and pushes the tag.
#
#   scripts/create-prod-release.sh 1.0.0 [--dry-run] [--yes] [--remote NAME] [--reports DIR] [--server URL]
#
# What it checks, its exit codes and the way by hand: docs/release.md and --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${VENV:-.venv}/bin/python
if [ ! -x "$python" ]; then
  echo "There is no $python yet. To fix it: make setup" >&2
  exit 2
fi
exec "$python" -m scripts.release.create "$@"
