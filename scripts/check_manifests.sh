#!/usr/bin/env bash
# `make manifests`: the files in deploy/ through the tools that read them, where the machine has these.
set -euo pipefail

cd deploy
kubernetes-validate --strict --no-warn kubernetes/*.yaml
check-jsonschema --schemafile ../scripts/dashboard.schema.json grafana/*.json

code=0
not_run() { (cd .. && python -m scripts.outcome manifests "$1 is not on this machine: Debian's package $2 has it") || code=1; }

if command -v promtool >/dev/null; then
  cd prometheus
  promtool check config prometheus.yml
  promtool check rules alerts.yml
  promtool test rules alerts_test.yml
  cd ..
else
  not_run promtool prometheus
fi

if command -v systemd-analyze >/dev/null; then
  units=$(mktemp -d)
  trap 'rm -r "$units"' EXIT
  for unit in systemd/*.service; do
    # The units start the command of this environment.
    sed "s#/opt/tidegate/bin#$(dirname "$(command -v tidegate)")#" "$unit" >"$units/${unit##*/}"
  done
  # A value that it does not know is a warning to `verify`, and its exit code says nothing of it.
  found=$(systemd-analyze verify --man=no "$units"/*.service 2>&1) && [ -z "$found" ] || { echo "$found"; exit 1; }
  # Of 100, which a unit without any protection has.
  found=$(systemd-analyze security --offline=true --threshold=20 --no-pager "$units"/*.service) || { echo "$found"; exit 1; }
  echo "the units are clean"
else
  not_run systemd-analyze systemd
fi
exit "$code"
