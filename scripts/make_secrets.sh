#!/usr/bin/env bash
# Makes the secrets that compose.yml reads, once: what is there already stays as it is.
#
#   scripts/make_secrets.sh [FOLDER]     default deploy/secrets
set -euo pipefail
folder=${1:-$(dirname "${BASH_SOURCE[0]}")/../deploy/secrets}

# The folder is closed to others, the files in it are open: compose mounts each file as it is, and the user in the
# container is another one than the one who made it.
mkdir -p "$folder"
chmod 700 "$folder"

random() { head -c 36 /dev/urandom | base64 | tr '+/' '-_'; }
keep() {
  [ -s "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"
  chmod 444 "$folder/$1"
}

keep secret_key "$(random)"
keep postgres_password "$(random)"
keep database_url "postgresql://tidegate:$(cat "$folder/postgres_password")@postgres:5432/tidegate"
echo "The secrets are in $folder."
