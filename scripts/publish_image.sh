#!/usr/bin/env bash
# Builds the image of a release and pushes it; the digest that the registry gave it is printed and handed on.
#
#   VERSION=1.0.0 COMMIT=… IMAGE=ghcr.io/owner/name scripts/publish_image.sh
#
# REGISTRY_USER, REGISTRY_TOKEN  log in to the registry first; without them, docker's own login counts
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for name in VERSION COMMIT IMAGE; do
  [ -n "${!name:-}" ] || { echo "$name is not set." >&2; exit 2; }
done
name=${IMAGE,,}  # registries know small letters alone
if [ -n "${REGISTRY_TOKEN:-}" ]; then
  docker login "${name%%/*}" --username "${REGISTRY_USER:?}" --password-stdin <<<"$REGISTRY_TOKEN"
fi
source=${GITHUB_REPOSITORY:+${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY}
docker build --build-arg "VERSION=$VERSION" --build-arg "GIT_COMMIT=$COMMIT" \
  ${source:+--label "org.opencontainers.image.source=$source"} --tag "$name:$VERSION" .
docker push "$name:$VERSION"
digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$name:$VERSION" |
  sed -n "s|^$name@||p" | head -n 1)
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "The registry gave $name:$VERSION no digest." >&2; exit 1; }
echo "$name@$digest"
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  printf 'name=%s\ndigest=%s\nimage=%s@%s\n' "$name" "$digest" "$name" "$digest" >>"$GITHUB_OUTPUT"
fi
